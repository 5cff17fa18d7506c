"""A list of students that somebody pasted: e-mails, names or student numbers."""

import difflib
import re
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from core.models import User

MOST_LINES = 300
# Above this number of students no similar names are looked for.
MOST_NAMES = 5000
ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


@dataclass
class Line:
    """One line: the student it means, or why it means none; names that come close."""

    text: str
    student: User | None = None
    problem: str = ""
    similar: list = field(default_factory=list)


def split(text):
    """Return the entries of a pasted text, each once: one a line, or between tabs, ";" and ",".

    A comma inside "Last, First" cannot be told from one between two people, so names with one are
    tried as they stand only when they have a line of their own and an address beside them.
    """
    found = []
    for line in re.split(r"[\r\n]+", text):
        addresses = ADDRESS.findall(line)
        parts = addresses or re.split(r"[\t;,]", line)
        found += [part.strip() for part in parts]
    return list(dict.fromkeys(part for part in found if part))


def read(text):
    """Return a `Line` for each entry of a pasted text (at most `MOST_LINES` of them)."""
    entries = split(text)[:MOST_LINES]
    keys = [entry.lower() for entry in entries]
    people = _people(keys, entries)
    lines = [_line(entry, people.get(entry.lower(), [])) for entry in entries]
    _find_similar([line for line in lines if line.student is None and not line.problem])
    return lines


def _people(keys, entries):
    """Return {e-mail, name or number in lower case: [people]} of those who are looked for."""
    rows = User.objects.alias(mail=Lower("email"), called=Lower("name")).filter(
        Q(mail__in=keys) | Q(called__in=keys) | Q(metadata__student_number__in=entries)
    )
    found = {}
    for person in rows.order_by("name", "id"):
        number = str((person.metadata or {}).get("student_number") or "")
        for key in {person.email.lower(), person.name.lower(), number.lower()} - {""}:
            found.setdefault(key, []).append(person)
    return found


def _line(entry, people):
    if not people:
        return Line(entry)
    if len(people) > 1:
        return Line(
            entry,
            problem=_("Several people are called so; use the e-mail address."),
            similar=[f"{person.name} – {person.email}" for person in people[:5]],
        )
    person = people[0]
    if not person.is_student:
        problem = _("%(name)s is no student.") % {"name": person.name}
        return Line(entry, problem=problem)
    if not person.is_active:
        problem = _("%(name)s is %(status)s.") % {
            "name": person.name,
            "status": person.get_status_display().lower(),
        }
        return Line(entry, problem=problem)
    return Line(entry, student=person)


def _find_similar(lines):
    """Say of each line that nobody was found, and whose name comes close."""
    for line in lines:
        line.problem = _("Nobody was found.")
    if not lines:
        return
    names = list(User.objects.students().active().values_list("name", flat=True)[: MOST_NAMES + 1])
    if len(names) > MOST_NAMES:
        return
    for line in lines:
        line.similar = difflib.get_close_matches(line.text, names, n=3, cutoff=0.7)
