"""Recomputing the letters of grades after their grading scale has changed.

The letter of a grade is stored when it is given. The current grade of a class follows its scale
automatically (academics/sql/enrollment_progress.sql); letters of single grades change on request
only, because a teacher may have given one on purpose. Completed classes stay as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from academics.models import GradingScale

# Grades with points and a letter that the scale would not give them now.
OUTDATED = """
      from (select g.id, g.tenant_id, w.class_id, g.grade as old,
                   app.letter_grade(100 * g.score / w.max_score, k.steps) as new
              from grading_scales k
              join classes c on c.tenant_id = k.tenant_id
                            and (c.grading_scale_id = k.id
                                 or k.is_default and c.grading_scale_id is null)
              join assignments w on w.tenant_id = c.tenant_id and w.class_id = c.id
              join grades g on g.tenant_id = w.tenant_id and g.assignment_id = w.id
             where k.tenant_id = app.tenant_id() and k.id = %(scale)s
               and c.status <> 'completed' and c.deleted_at is null
               and g.score is not null and g.grade is not null and w.max_score > 0) x
     where x.old <> x.new
"""
CHANGES = f"""
    select x.old, x.new, count(*), count(distinct x.class_id) {OUTDATED}
     group by x.old, x.new order by x.old, x.new
"""
# Locked in the order in which saving grades locks them.
PAIRS = "(x.old, x.new) in (select * from unnest(%(old)s::text[], %(new)s::text[]))"
CHOSEN = f"""
    select g.id from grades g
     where g.tenant_id = app.tenant_id() and g.id in (select x.id {OUTDATED} and {PAIRS})
     order by g.id for update
"""  # noqa: S608 - made of the constants above
UPDATE = f"""
    update grades g set grade = x.new
      from (select x.tenant_id, x.id, x.old, x.new {OUTDATED}) x
     where g.tenant_id = x.tenant_id and g.id = x.id and g.id = any (%(ids)s)
       and {PAIRS}
"""  # noqa: S608 - made of the constants above


@dataclass(frozen=True)
class Change:
    """A letter that becomes another: of how many grades, in how many classes."""

    old: str
    new: str
    grades: int
    classes: int


def changes(scale: GradingScale) -> list[Change]:
    """Return the `Change`s that the scale would make, by letter."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"scale": scale.pk})
        return [Change(*row) for row in cursor.fetchall()]


@transaction.atomic
def recompute(*, scale: GradingScale, pairs: Collection[tuple[str, str]]) -> int:
    """Give the grades the letters of the scale, for these pairs (old, new); return how many."""
    params: dict[str, Any] = {
        "scale": scale.pk,
        "old": [o for o, _n in pairs],
        "new": [n for _o, n in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(CHOSEN, params)
        params["ids"] = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(UPDATE, params)
        return cursor.rowcount
