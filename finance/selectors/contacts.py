"""To whom a school writes about money: who pays, else the family.

A mail says what a student owes, so that it goes only to who may see that in the portal: the payer,
guardians who may see the child's pages, and where there is none with an address, the student.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.models import Guardian, StudentGuardian, User
from finance.models import Invoice, Payment, Sponsor

Bill = Invoice | Payment


@dataclass(frozen=True)
class Contact:
    """Somebody with an address; `user` is the account that it belongs to, if it has one.

    `key` is ("guardian" | "sponsor" | "student", id).
    """

    name: str
    address: str
    key: tuple[str, UUID]
    user: User | None = None


def of_bills(rows: Sequence[Bill]) -> dict[UUID, list[Contact]]:
    """Return {id of an invoice or payment: whom to write to about it}. Five queries at most."""
    guardians = _guardians({row.payer_guardian_id for row in rows} - {None})
    sponsors = Sponsor.objects.in_bulk({row.payer_sponsor_id for row in rows} - {None})
    families = _families({row.student_id for row in rows if _is_familys(row)})
    students = User.objects.in_bulk({row.student_id for row in rows})
    people_by_bill = {}
    for row in rows:
        if row.payer_guardian_id:
            people = [_of_guardian(guardians[row.payer_guardian_id])]
        elif row.payer_sponsor_id:
            people = [_of_sponsor(sponsors[row.payer_sponsor_id])]
        else:
            people = [_of_guardian(guardian) for guardian in families[row.student_id]]
            if not any(people) and row.student_id in students:
                people = [_of_student(students[row.student_id])]
        people_by_bill[row.pk] = _once(people)
    return people_by_bill


def of_bill(row: Bill) -> list[Contact]:
    """Return whom to write to about one invoice or payment."""
    return of_bills([row])[row.pk]


def of_students(students: Sequence[User]) -> list[Contact]:
    """Return the guardians who may see the pages of all these students; without any with an
    address a single student. Three queries at most.
    """
    families = _families({student.pk for student in students})
    shared = set.intersection(*({row.pk for row in families[student.pk]} for student in students))
    guardians = [row for row in families[students[0].pk] if row.pk in shared]
    people = _once(map(_of_guardian, guardians))
    return people or (_once([_of_student(students[0])]) if len(students) == 1 else [])


def _is_familys(row: Bill) -> bool:
    return not row.payer_guardian_id and not row.payer_sponsor_id


def _guardians(ids: Iterable[Any]) -> dict[UUID, Guardian]:
    return Guardian.objects.select_related("user").in_bulk(set(ids))


def _families(students: Iterable[UUID]) -> dict[UUID, list[Guardian]]:
    links = StudentGuardian.objects.filter(student__in=list(students), portal_access=True)
    families: dict[UUID, list[Guardian]] = defaultdict(list)
    for link in links.select_related("guardian__user").order_by("created_at", "id"):
        families[link.student_id].append(link.guardian)
    return families


def _of_guardian(guardian: Guardian) -> Contact | None:
    user = guardian.user
    key = ("guardian", guardian.pk)
    if user is not None and user.is_active and not user.has_placeholder_email:
        return Contact(guardian.name, user.email, key, user)
    return Contact(guardian.name, guardian.email, key) if guardian.email else None


def _of_sponsor(sponsor: Sponsor) -> Contact | None:
    if not sponsor.email:
        return None
    return Contact(sponsor.name, sponsor.email, ("sponsor", sponsor.pk))


def _of_student(student: User) -> Contact | None:
    if not student.is_active or student.has_placeholder_email:
        return None
    return Contact(student.name, student.email, ("student", student.pk), student)


def _once(people: Iterable[Contact | None]) -> list[Contact]:
    """Return those with an address, each address once."""
    by_address = {person.address.lower(): person for person in reversed([*people]) if person}
    return list(reversed(by_address.values()))
