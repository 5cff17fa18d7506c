"""A pasted list of students: e-mail addresses, names or student numbers.

Names match without accents and with any apostrophe. A part of a name, an address or a phone number
only leads to suggestions: it may be somebody else's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from academics.models import Enrollment
from core import search
from core.models import User
from core.models.user import UserQuerySet

MOST_LINES = 300
# Above this number of students no similar names are looked for.
MOST_NAMES = 5000
MOST_SIMILAR = 5
MOST_CLASSES = 2  # named with each person, to distinguish people of the same name
ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


@dataclass
class Similar:
    """A suggested person, with a hint that distinguishes people of the same name."""

    person: User
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.person} ({self.hint})" if self.hint else str(self.person)


@dataclass
class Line:
    """One entry: its student, or the problem and suggestions."""

    text: str
    student: User | None = None
    problem: str = ""
    similar: list[Similar] = field(default_factory=list)


def split(text: str) -> list[str]:
    """Return the entries of a pasted text, each once: one a line, or between tabs, ";" and ",".

    A comma inside "Last, First" looks like one between two people, so a line with addresses is read
    by its addresses only.
    """
    entries: list[str] = []
    for line in re.split(r"[\r\n]+", text):
        addresses = ADDRESS.findall(line)
        parts = addresses or re.split(r"[\t;,]", line)
        entries += [part.strip() for part in parts]
    return list(dict.fromkeys(part for part in entries if part))


def without(text: str, entry: str) -> str:
    """Return a pasted text without one of its entries."""
    return "\n".join(other for other in split(text) if other != entry)


def read(text: str) -> list[Line]:
    """Return a `Line` for each entry of a pasted text (at most `MOST_LINES` of them)."""
    entries = split(text)[:MOST_LINES]
    folded = _folded(entries)
    people = _people(entries, folded)
    lines = [_line(entry, _matches(entry, folded, people)) for entry in entries]
    _find_similar([line for line in lines if line.student is None and not line.problem], folded)
    _add_hints([similar for line in lines for similar in line.similar])
    return lines


def _folded(entries: Sequence[str]) -> dict[str, str]:
    """Return {entry: its form for comparing names} (core/sql/folded.sql)."""
    if not entries:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT w, app.folded(w) FROM unnest(%s::text[]) w", [list(entries)])
        return dict(cursor.fetchall())


def _people(entries: Sequence[str], folded: Mapping[str, str]) -> dict[str, list[User]]:
    """Return {e-mail, folded name or number: [people]} for the entries."""
    rows = User.objects.annotate(mail=Lower("email")).filter(
        Q(mail__in=[entry.lower() for entry in entries])
        | Q(sort_name__in=folded.values())
        | Q(student_number__in=entries)
    )
    by_key: dict[str, list[User]] = {}
    for person in rows.order_by("sort_name", "id"):
        for key in {vars(person)["mail"], person.sort_name, person.student_number} - {"", None}:
            by_key.setdefault(key, []).append(person)
    return by_key


def _matches(
    entry: str, folded: Mapping[str, str], people: Mapping[str, Sequence[User]]
) -> list[User]:
    """Return the people with an entry's e-mail address, name or number; each once."""
    keys = (entry.lower(), folded[entry], entry)
    return list(dict.fromkeys(person for key in keys for person in people.get(key, ())))


def _line(entry: str, people: Sequence[User]) -> Line:
    if not people:
        return Line(entry)
    if len(people) > 1:
        return Line(
            entry,
            problem=_("Several people are called so; choose one, or use the e-mail address."),
            similar=[Similar(person) for person in people[:MOST_SIMILAR] if _may_join(person)],
        )
    person = people[0]
    if not person.is_student:
        problem = _("%(name)s is not a student.") % {"name": person.name}
        return Line(entry, problem=problem)
    if not person.is_active:
        problem = _("%(name)s is %(status)s.") % {
            "name": person.name,
            "status": person.get_status_display().lower(),
        }
        return Line(entry, problem=problem)
    return Line(entry, student=person)


def _may_join(person: User) -> bool:
    return person.is_student and person.is_active


def _find_similar(lines: Sequence[Line], folded: Mapping[str, str]) -> None:
    """Mark each line as without a match, and suggest people by a part of it or a similar name."""
    for line in lines:
        line.problem = _("Nobody was found.")
    if not lines:
        return
    students = User.objects.students().active()
    parts = _search_by_part(line.text for line in lines)
    names = _names(students)
    wanted = {
        line.text: [
            *parts[line.text],
            *(
                pk
                for name in difflib.get_close_matches(folded[line.text], names, n=3, cutoff=0.7)
                for pk in names[name]
            ),
        ]
        for line in lines
    }
    by_id = students.in_bulk({pk for ids in wanted.values() for pk in ids})
    for line in lines:
        people = dict.fromkeys(by_id[pk] for pk in wanted[line.text] if pk in by_id)
        line.similar = [Similar(person) for person in people][:MOST_SIMILAR]


def _search_by_part(texts: Iterable[str]) -> dict[str, list[UUID]]:
    """Return {text: ids of people who match each of its words}; none if a word matches too many."""
    words = {text: search.split(text) for text in texts}
    function = search.FUNCTIONS["search_people"]
    ids = search.find({word for some in words.values() for word in some}, [function])
    return {
        text: sorted(
            set.intersection(*(_few(ids[word, function]) for word in some)) if some else ()
        )
        for text, some in words.items()
    }


def _few(ids: object) -> set[UUID]:
    return set(ids) if isinstance(ids, list) else set()


def _names(students: UserQuerySet) -> dict[str, list[UUID]]:
    """Return {folded name: [ids]} of the students; {} for a school with very many."""
    rows = list(students.order_by().values_list("sort_name", "pk")[: MOST_NAMES + 1])
    if len(rows) > MOST_NAMES:
        return {}
    names: dict[str, list[UUID]] = {}
    for name, pk in rows:
        names.setdefault(name, []).append(pk)
    return names


# --- hints that distinguish people of the same name -----------------------------------------------
def _add_hints(similar: Sequence[Similar]) -> None:
    """Set the hints: e-mail address, classes and birthday."""
    people = {suggestion.person for suggestion in similar}
    classes = _classes(people)
    for suggestion in similar:
        email = "" if suggestion.person.has_placeholder_email else suggestion.person.email
        parts = [
            email,
            *classes.get(suggestion.person.pk, [])[:MOST_CLASSES],
            _birthday(suggestion.person),
        ]
        suggestion.hint = ", ".join(part for part in parts if part)


def _classes(people: Collection[User]) -> dict[UUID, list[str]]:
    """Return {student's id: [names of the classes that they are in]}."""
    if not people:
        return {}
    rows = (
        Enrollment.objects.active()
        .filter(student__in=people, school_class__deleted_at=None)
        .order_by("school_class__sort_name", "id")
        .annotate(title=F("school_class__name"))
    )
    by_student: dict[UUID, list[str]] = {}
    for student_id, title in rows.values_list("student_id", "title"):
        by_student.setdefault(student_id, []).append(title)
    return by_student


def _birthday(person: User) -> str:
    """Return a person's birthday as text, "" if it is unknown."""
    try:
        day = date.fromisoformat(person.birth_date or "")
    except ValueError:
        return ""
    return _("born %(day)s") % {"day": date_format(day, "DATE_FORMAT")}
