"""Students who are in the school twice, by the look of it."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from core import rls

MOST = 200

# The parts of the name in any order, accents forgiven; no two birth dates that differ. Or the same
# birth date and nearly the same name; or the same telephone number and nearly the same name.
PAIRS = """
    with people as (
        select u.id, u.name, u.sort_name, u.birth_date, u.email, u.student_number, u.created_at,
               nullif(app.phone_digits(u.phone), '') as phone,
               array_to_string(array(select p from unnest(string_to_array(u.sort_name, ' ')) p
                                      where p <> '' order by p), ' ') as parts
          from users u
         where u.tenant_id = %(tenant)s and u.role = 'student' and u.deleted_at is null
    ), pairs as (
        select a.id as first, b.id as second, 'name' as reason from people a
          join people b on b.parts = a.parts and b.id > a.id
         where a.birth_date = b.birth_date or a.birth_date is null or b.birth_date is null
         union all
        select a.id, b.id, 'birth_date' from people a
          join people b on b.birth_date = a.birth_date and b.id > a.id
         where a.parts <> b.parts and public.similarity(a.sort_name, b.sort_name) > 0.6
         union all
        select a.id, b.id, 'phone' from people a
          join people b on b.phone = a.phone and b.id > a.id
         where a.parts <> b.parts and a.birth_date is distinct from b.birth_date
           and (a.birth_date is null or b.birth_date is null)
           and public.similarity(a.sort_name, b.sort_name) > 0.6
    )
    select p.reason, a.id, a.name, a.birth_date, a.email, a.student_number,
           b.id, b.name, b.birth_date, b.email, b.student_number
      from pairs p
      join people a on a.id = p.first
      join people b on b.id = p.second
     order by a.sort_name, a.id, b.id limit %(limit)s
"""


@dataclass(frozen=True)
class Twin:
    """One of two records."""

    pk: UUID
    name: str
    birth_date: str | None
    email: str
    student_number: str | None


@dataclass(frozen=True)
class Pair:
    """Two records that look like one student's."""

    reason: str
    first: Twin
    second: Twin

    @property
    def why(self) -> str:
        return {
            "name": _("the same name"),
            "birth_date": _("the same birth date, and nearly the same name"),
            "phone": _("the same telephone number, and nearly the same name"),
        }[self.reason]


def pairs() -> list[Pair]:
    """Return the pairs by name, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, {"tenant": rls.current_tenant_id(), "limit": MOST})
        return [Pair(row[0], Twin(*row[1:6]), Twin(*row[6:])) for row in cursor.fetchall()]
