"""The PDF files: report cards of any number of students, and one student's transcript."""

from decimal import Decimal
from itertools import groupby
from pathlib import Path

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.attendance_rate import attendance_rate
from academics.grading.scales import Scale
from core import records, rls
from core.defaults import today
from core.models import User
from core.rounding import half_up
from exchange.exports import letterhead
from exchange.exports.pdf_file import printable
from reporting.cards import lines as class_lines

HERE = Path(__file__).resolve().parent
STUDENTS_AT_A_TIME = 50
NOTHING = "–"
NO_BREAK = "\u00a0"


def report_cards(student_ids, term, on_progress=lambda done: None):
    """Return (PDF, number of cards): the students by name; those not visible have no card.

    `term` None is for a school without terms. `on_progress(cards)` may raise to stop.
    """
    students = list(User.objects.students().filter(pk__in=student_ids).order_by("sort_name", "id"))
    cards, fields = [], _fields()
    for start in range(0, len(students), STUDENTS_AT_A_TIME):
        some = students[start : start + STUDENTS_AT_A_TIME]
        lines_by_student = class_lines.of_students([student.pk for student in some], term)
        cards += [_card(student, fields, lines_by_student[student.pk], term) for student in some]
        on_progress(len(cards))
    if not cards:
        return b"", 0
    data = letterhead.frame(_("Report card")) | {
        "cards": cards,
        "labels": [
            _("Class"),
            _("Grade"),
            _("Percent"),
            _("Present"),
            _("Absent"),
            _("Late"),
            _("Excused"),
            _("Attendance"),
        ],
        "together": _("All classes"),
        "comments": _("Comments"),
        "nothing": _("There are no classes on record for this term."),
        "note": _own_classes_only(),
        "signatures": [letterhead.signer(), _("Parent or guardian"), _("Date")],
    }
    return letterhead.typeset(data, HERE / "report_card.typ", signed=True), len(cards)


def transcript(student):
    """Return the PDF with the student's classes of all terms."""
    lines = class_lines.of_students([student.pk])[student.pk]
    with_points = any(_counts(line) for line in lines)
    groups = groupby(lines, key=lambda line: (line.begins if line.term else None, line.term_id))
    labels = [_("Class"), _("Teacher"), _("Grade"), _("Percent")]
    data = letterhead.frame(_("Transcript")) | {
        "student": printable(student.name),
        "facts": _facts(student, _fields()),
        "labels": [*labels, _("Grade points")] if with_points else labels,
        "terms": [_term(list(some), with_points) for _key, some in groups],
        "mean": _mean(_("Grade point average"), lines) if with_points else "",
        "nothing": _("There are no classes on record yet."),
        "notes": _transcript_notes(lines, with_points),
        "signatures": [letterhead.signer(), _("Date")],
    }
    return letterhead.typeset(data, HERE / "transcript.typ", signed=True)


def _own_classes_only():
    """Return the note on a teacher's card: it holds the teacher's own classes only."""
    if rls.current().role != "teacher":
        return ""
    return _("This card holds only the classes of the teacher who made it.")


def _fields():
    """Return the fields of students' records that stand on cards."""
    return list(records.fields(User.Role.STUDENT).filter(on_card=True))


def _facts(student, fields):
    """Return [(label, text)] beside the student's name."""
    number = student.student_number
    facts = [(_("Student number"), printable(number))] if number else []
    kept = records.values(student)
    facts += [
        (printable(field.label), printable(records.text_of(field.kind, kept[field.key])))
        for field in fields
        if field.key in kept and field.key != "student_number"
    ]
    return [*facts, (_("Date of issue"), date_format(today(), "DATE_FORMAT"))]


# --- report cards ---------------------------------------------------------------------------------
def _card(student, fields, lines, term):
    sums = [sum(getattr(line, kind) for line in lines) for kind in ("present", "absent", "late")]
    excused = sum(line.excused for line in lines)
    totals = [*map(str, [*sums, excused]), _percent(attendance_rate(*sums), 1)]
    return {
        "student": printable(student.name),
        "term": _term_text(term),
        "facts": _facts(student, fields),
        "lines": [_row(line) for line in lines],
        "totals": totals,
        "scales": _legends(lines),
    }


def _term_text(term):
    if term is None:
        return _("All terms")
    first, last = (date_format(day, "DATE_FORMAT") for day in (term.start_date, term.end_date))
    name = f"{term.name}, {term.academic_year.name}"
    return f"{printable(name)} ({first} – {last})"


def _row(line):
    return {
        "name": _class_name(line),
        "teacher": printable(line.teacher),
        "letter": line.letter or NOTHING,
        "percent": _percent(line.percent, 1),
        "present": str(line.present),
        "absent": str(line.absent),
        "late": str(line.late),
        "excused": str(line.excused),
        "rate": _percent(line.rate, 1),
        "comment": printable((line.comment or "").strip()),
    }


def _class_name(line):
    return printable(f"{line.name} ({line.code})" if line.code else line.name)


def _percent(value, places):
    return NOTHING if value is None else f"{number_format(half_up(value, places), places)} %"


def _legends(lines):
    """Return a sentence for each grading scale, naming its classes if there are more."""
    by_scale = {}
    for line in lines:
        by_scale.setdefault(Scale.of(line.steps).steps, []).append(line.name)
    return [
        _("Grades%(classes)s: %(steps)s")
        % {
            "classes": f" ({', '.join(map(printable, names))})" if len(by_scale) > 1 else "",
            "steps": " · ".join(
                _("%(letter)s from %(bound)s %%").replace(" ", NO_BREAK)
                % {"letter": letter, "bound": _plain(bound)}
                for letter, bound in steps
            ),
        }
        for steps, names in by_scale.items()
    ]


def _plain(number):
    return number_format(number.normalize() if number else Decimal(0), use_l10n=True)


# --- transcripts ----------------------------------------------------------------------------------
def _term(lines, with_points):
    first = lines[0]
    name = f"{first.year} · {first.term}" if first.term else _("Without a term")
    rows = []
    for line in lines:
        state = "" if line.is_over else f" – {_('in progress')}"
        row = [
            _class_name(line) + state,
            printable(line.teacher),
            line.letter or NOTHING,
            _percent(line.percent, 1),
        ]
        rows.append([*row, _points(line)] if with_points else row)
    mean = _mean(_("Average of the term"), lines) if with_points else ""
    return {"name": printable(name), "rows": rows, "mean": mean}


def _counts(line):
    """Return whether the line counts in the average: finished, with grade points."""
    return line.is_over and line.points is not None


def _points(line):
    return number_format(line.points, 2) if _counts(line) else NOTHING


def _mean(label, lines):
    points = [line.points for line in lines if _counts(line)]
    if not points:
        return ""
    return f"{label}: {number_format(half_up(sum(points) / len(points), 2), 2)}"


def _transcript_notes(lines, with_points):
    notes = []
    if with_points:
        count = sum(map(_counts, lines))
        notes.append(
            ngettext(
                "The average is of %(count)d finished class with grade points.",
                "The average is of %(count)d finished classes with grade points, each counted"
                " the same.",
                count,
            )
            % {"count": count}
        )
    if any(not line.is_over for line in lines):
        notes.append(_("The grade of a class in progress is the one it has today."))
    return [*notes, *_legends(lines)]
