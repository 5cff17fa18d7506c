"""PDF files about chosen people: labels, a contact sheet, and a list for emergencies.

Row-level security and the fields of the record decide what is in them, as on the people's pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import records
from core.defaults import today
from core.models import PersonField, StudentGuardian, User
from core.services import photos
from exchange.exports import letterhead
from exchange.exports.pdf_file import printable

HERE = Path(__file__).resolve().parent
MEDICAL, ADDRESS, BIRTH_DATE = "medical_notes", "address", "birth_date"  # keys of the record
LABEL_LINES = 4  # of an address
IMAGE = "photo-{}.jpg"


def labels(ids: Iterable[str]) -> tuple[bytes, int]:
    """Return (PDF, number of labels): names with the address that the reader may read."""
    people = _people(ids)
    links = _links(people)
    data = letterhead.frame(_("Labels")) | {
        "labels": [
            {
                "name": printable(person.name),
                "group": printable(_group(person)),
                "lines": [*map(printable, _address(person, links.get(person.pk, [])))],
            }
            for person in people
        ]
    }
    return _made(data, "labels.typ", len(people))


def contact_sheet(ids: Iterable[str]) -> tuple[bytes, int]:
    """Return (PDF, number of people): photos, names, telephone and e-mail."""
    people = _people(ids)
    pictures = {
        IMAGE.format(place): photo
        for place, person in enumerate(people)
        if (photo := photos.read(person.photo))
    }
    data = letterhead.frame(_("Contact sheet")) | {
        "made": date_format(today(), "DATE_FORMAT"),
        "people": [
            {
                "name": printable(person.name),
                "photo": IMAGE.format(place) if IMAGE.format(place) in pictures else "",
                "lines": [*map(printable, filter(None, _ways(person)))],
            }
            for place, person in enumerate(people)
        ],
    }
    return _made(data, "contact_sheet.typ", len(people), pictures)


def emergency_list(ids: Iterable[str]) -> tuple[bytes, int]:
    """Return (PDF, number of students): whom to call in which order, and medical notes.

    The notes are there for those who read that field of the record.
    """
    students = [person for person in _people(ids) if person.is_student]
    links = _links(students)
    fields = records.by_key(records.fields_of(User.Role.STUDENT))
    data = letterhead.frame(_("Emergency list")) | {
        "made": date_format(today(), "DATE_FORMAT"),
        "labels": [_("To call"), _("Relation"), _("Telephone")],
        "nobody": _("No guardian is on record."),
        "confidential": _("Confidential: keep it where only staff can read it."),
        "students": [
            _in_emergency(student, links.get(student.pk, []), fields) for student in students
        ],
    }
    return _made(data, "emergency_list.typ", len(students))


def _made(
    data: dict[str, Any], template: str, count: int, images: dict[str, bytes] | None = None
) -> tuple[bytes, int]:
    if not count:
        return b"", 0
    return letterhead.typeset(data, HERE / template, images=images), count


def _people(ids: Iterable[str]) -> list[User]:
    people = User.objects.filter(pk__in=[*ids]).select_related("year_group", "homeroom")
    return list(people.order_by("sort_name", "id"))


def _links(people: Iterable[User]) -> dict[UUID, list[StudentGuardian]]:
    """Return {student: links to guardians, in the order of calling}, in one query."""
    by_student: dict[UUID, list[StudentGuardian]] = {}
    links = StudentGuardian.objects.filter(student__in=[person.pk for person in people])
    for link in links.select_related("guardian").order_by(
        "call_order", "-is_emergency_contact", "guardian__sort_name", "id"
    ):
        by_student.setdefault(link.student_id, []).append(link)
    return by_student


def _group(person: User) -> str:
    return str(person.homeroom or person.year_group or "")


def _address(person: User, links: list[StudentGuardian]) -> list[str]:
    """Return the lines of the address: the person's own, or that of the first guardian with one."""
    own = records.values(person).get(ADDRESS)
    of_guardians = (link.guardian.address for link in links if link.guardian.address)
    text = str(own or next(of_guardians, ""))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [*filter(None, lines)][:LABEL_LINES]


def _ways(person: User) -> list[str]:
    """Return where a person belongs, and how they are reached."""
    email = "" if person.has_placeholder_email else person.email
    role = "" if person.is_student else person.get_role_display()
    return [_group(person) or str(role), person.phone or "", email]


def _in_emergency(
    student: User, links: list[StudentGuardian], fields: dict[str, PersonField]
) -> dict[str, Any]:
    kept = records.values(student)
    facts = [_group(student)]
    if BIRTH_DATE in fields and kept.get(BIRTH_DATE):
        born = records.text_of(fields[BIRTH_DATE].kind, kept[BIRTH_DATE])
        facts.append(_("born %(day)s") % {"day": born})
    facts.append(student.phone or "")
    notes = str(kept[MEDICAL]) if MEDICAL in fields and kept.get(MEDICAL) else ""
    return {
        "name": printable(student.name),
        "facts": " · ".join(map(printable, filter(None, facts))),
        "contacts": [_contact(place, link) for place, link in enumerate(links, start=1)],
        "notes": [printable(fields[MEDICAL].label), printable(notes)] if notes else [],
    }


def _contact(place: int, link: StudentGuardian) -> list[str]:
    """Return the cells of a guardian: place, name, what they are, telephone numbers."""
    marks = [
        str(link.get_relation_display()),
        _("emergency contact") if link.is_emergency_contact else "",
        _("may pick up") if link.may_pick_up else _("may not pick up"),
        "" if link.has_custody else _("no custody"),
    ]
    guardian = link.guardian
    phones = [guardian.phone or "", guardian.other_phone or ""]
    cells = [
        str(place),
        guardian.name,
        ", ".join(filter(None, marks)),
        " · ".join(filter(None, phones)) or "–",
    ]
    return [*map(printable, cells)]
