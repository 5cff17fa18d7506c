"""Small and large files are read in two ways, and are told the same and do the same.

Each table has a file that is all right and one that is wrong in many ways. Both are imported whole,
as small files are, and piece by piece, as large ones are, with pieces of two rows.
"""

from datetime import date, time

import pytest
from django.db import transaction

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
)
from core.models import Guardian, StudentGuardian, User
from exchange import imports
from exchange.imports import bulk, staging
from exchange.resources import importable_models
from finance.models import Invoice, Payment
from tests.factories.imports import Office, counts, problems

# The moment of the import itself.
MOMENTS = {"recorded_at", "graded_at"}
MAIL, OTHER, TEACHER, GUARDIAN, OTHER_GUARDIAN = (
    f"{name}@school-a.example"
    for name in ("student", "other_student", "teacher", "guardian", "other_guardian")
)


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        prepare(cast.a)
        yield office


def prepare(school):
    """Rows that the files meet: more students, a full class, twins, a cancelled invoice."""
    people = User.objects.bulk_create(
        [User(email=f"s{n}@a.example", name=f"S {n}", role="student") for n in range(4)]
    )
    SchoolClass.objects.filter(pk=school.other_class.pk).update(capacity=2)
    SchoolClass.objects.create(name="Twin", code="TWIN", start_date=date(2026, 1, 1))
    SchoolClass.objects.create(name="Twin", code="twin", start_date=date(2026, 1, 1))
    Enrollment.objects.create(
        student=people[0], school_class=school.school_class, enrollment_date=date(2026, 1, 5)
    )
    day = {"school_class": school.school_class, "session_date": date(2026, 2, 9)}
    for hour in (9, 14):
        ClassSession.objects.create(start_time=time(hour), end_time=time(hour + 1), **day)
    Submission.objects.create(assignment=school.assignment, student=people[0])
    for due in (date(2026, 3, 1), date(2026, 3, 8)):
        Assignment.objects.create(
            school_class=school.school_class,
            title="Quiz",
            type="quiz",
            assigned_date=date(2026, 2, 1),
            due_date=due,
        )
    Invoice.objects.create(
        invoice_number="GONE",
        student=school.student,
        amount=10,
        due_date=date(2030, 1, 1),
        status="cancelled",
    )
    Invoice.objects.create(
        invoice_number="N-7", student=people[1], amount=70, due_date=date(2030, 1, 1)
    )


RIGHT = {
    User: [
        ["E-mail", "Name", "Role", "Phone", "Shoe size"],
        ["new@a.example", "New", "Student", "+49 30", "42"],
        [MAIL.upper(), "Renamed", "", "", ""],
        [TEACHER, "Teacher", "teacher", "", ""],
        ["fürst@a.example".replace("ü", "u"), "'=Fürst", "admin", "", ""],
        [OTHER, "Other", "", "1", ""],
    ],
    Guardian: [
        ["Name", "E-mail", "Phone", "Address"],
        ["Rosa Ruiz", "rosa@a.example", "+49 1", "Lake Street 1"],
        ["Guardian", GUARDIAN.upper(), "+49 2", ""],
        ["Has No Mail", "", "+49 3", ""],
    ],
    StudentGuardian: [
        ["Student", "Guardian", "Relation", "May pick up", "Order of calling"],
        [MAIL, GUARDIAN, "mother", "yes", "1"],
        ["s1@a.example", GUARDIAN, "Father", "no", "2"],
        [OTHER, OTHER_GUARDIAN, "", "", ""],
    ],
    SchoolClass: [
        ["Code", "Name", "Capacity", "Teacher e-mail", "First day", "Last day", "Status"],
        ["c1", "Own Class", "25", TEACHER, "2026-01-05", "", "active"],
        ["BIO-1", "Biology", "", "", "2026-02-01", "1.7.2026", ""],
        ["OTHER_C1", "Other Class", "", TEACHER, "2026-01-05", "2026-12-01", ""],
    ],
    Enrollment: [
        ["Student e-mail", "Class code", "Enrolled on", "Status", "Current grade"],
        ["s1@a.example", "C1", "2026-02-01", "", ""],
        [OTHER, "OTHER_C1", "", "dropped", "B"],
        ["s2@a.example", "other_c1", "", "active", ""],
        [MAIL, "C1", "2026-01-05", "active", ""],
        ["s3@a.example", "OTHER_C1", "", "", ""],
    ],
    Attendance: [
        ["Class code", "Date", "From", "Student e-mail", "Status", "Notes"],
        ["C1", "2026-02-02", "10:00", MAIL, "Tardy", "bus"],
        ["C1", "2.2.2026", "", "s0@a.example", "Unexcused Absence", ""],
        ["OTHER_C1", "2026-02-02", "", OTHER, "present", ""],
        ["C1", "2026-02-09", "14:00", MAIL, "Excused Absence", ""],
        ["C1", "2026-02-09", "9:00", MAIL, "present", ""],
    ],
    Grade: [
        ["Class code", "Assignment", "Student e-mail", "Score", "Grade", "Feedback"],
        ["C1", "Essay", MAIL, "18", "", "Good"],
        ["C1", "essay", "s0@a.example", "12.5", "B", ""],
        ["OTHER_C1", "other_essay", OTHER, "17", "", ""],
    ],
    Invoice: [
        ["Invoice number", "Student e-mail", "Amount", "Issued on", "Due on", "Status", "Currency"],
        ["N-7", "", "70", "", "2030-01-01", "cancelled", "usd"],
        ["N-1", MAIL, "9.5", "2026-01-05", "2030-01-05", "", ""],
        ["OTHER_INV-1", OTHER, "100", "2026-01-05", "2026-02-05", "", ""],
        ["N-2", "s1@a.example", "0", "2026-01-05", "2030-01-05", "cancelled", "EUR"],
    ],
    Payment: [
        ["Invoice number", "Amount", "Method", "Paid on", "Payment reference", "Student e-mail"],
        ["inv-1", "60.00", "Bank transfer", "2026-02-03", "tx-1", MAIL],
        ["N-7", "10", "cash", "2026-02-03", "", ""],
        ["N-7", "20", "cash", "2026-02-03", "", ""],
    ],
}
# (created, changed, unchanged, rejected)
RIGHT_COUNTS = {
    User: (2, 2, 1, 0),
    Guardian: (2, 1, 0, 0),
    StudentGuardian: (1, 1, 1, 0),
    SchoolClass: (1, 2, 0, 0),
    Enrollment: (3, 1, 1, 0),
    Attendance: (3, 1, 1, 0),
    Grade: (1, 1, 1, 0),
    Invoice: (2, 1, 1, 0),
    Payment: (3, 0, 0, 0),
}
LONG = "x" * 300
WRONG = {
    User: [
        ["E-mail", "Name", "Role", "Status", "Phone", "Picture (URL)"],
        ["", "No mail", "student", "", "", ""],
        ["ok@a.example", "Right", "student", "", "", ""],
        ["bad", "Bad", "student", "", "", ""],
        ["x@a.example", "", "pupil", "", "", ""],
        ["y@a.example", LONG, "student", "", "1" * 51, ""],
        ["OK@a.example", "Again", "student", "", "", ""],
        ["z@a.example", "", "", "", "", "no url"],
        ["u@a.example", "U", "student", "gone", "", "no url"],
        ["admin@school-a.example", "Admin", "student", "", "", ""],
        ["bad too", "Bad", "student", "", "", ""],
    ],
    Guardian: [
        ["Name", "E-mail", "Phone"],
        ["", "x@a.example", ""],
        ["Bad", "bad", ""],
        [LONG, "", ""],
        ["Same", "same@a.example", ""],
        ["Same again", "SAME@a.example", ""],
    ],
    StudentGuardian: [
        ["Student", "Guardian", "Relation", "May pick up", "Order of calling"],
        ["nobody@a.example", GUARDIAN, "", "", ""],
        [MAIL, "Nobody", "", "", ""],
        [MAIL, GUARDIAN, "cousin", "", ""],
        [MAIL, GUARDIAN, "", "perhaps", ""],
        ["s1@a.example", GUARDIAN, "", "", "0"],
        [TEACHER, GUARDIAN, "", "", ""],
    ],
    SchoolClass: [
        ["Class code", "Name", "Capacity", "Teacher e-mail", "First day", "Last day"],
        ["N1", "No day", "", "", "", ""],
        ["N2", "Bad end", "", "", "2026-02-01", "2026-01-01"],
        ["N3", "Bad teacher", "", "nobody@a.example", "2026-02-01", ""],
        ["N4", "Not teacher", "", MAIL, "2026-02-01", ""],
        ["N5", "Bad number", "many", "", "2026-02-31", ""],
        ["TWIN", "Which", "", "", "2026-02-01", ""],
        ["N6", "Zero", "0", "", "2026-02-01", ""],
        ["C1", "Too small", "1", "", "", ""],
        ["", "No code", "", "", "2026-02-01", ""],
        ["n6", "Again", "5", "", "2026-02-01", ""],
    ],
    Enrollment: [
        ["Student e-mail", "Class code", "Enrolled on", "Completed on", "Status"],
        ["nobody@a.example", "NONE", "soon", "", "maybe"],
        [TEACHER, "C1", "", "", ""],
        ["student@school-b.example", "C1", "", "", ""],
        ["s1@a.example", "OTHER_C1", "", "", ""],
        ["s2@a.example", "OTHER_C1", "", "", ""],
        ["s3@a.example", "OTHER_C1", "", "", ""],
        ["s3@a.example", "C1", "2026-02-01", "2026-01-01", "completed"],
        ["s1@a.example", "other_c1", "", "", ""],
        [MAIL, "TWIN", "", "", ""],
    ],
    Attendance: [
        ["Class code", "Date", "From", "Student e-mail", "Status"],
        ["C1", "2026-02-09", "", MAIL, "late"],
        ["C1", "2026-02-03", "", MAIL, "late"],
        ["C1", "2026-02-02", "11:30", MAIL, "late"],
        ["C1", "2/3/2026", "half", MAIL, "tardy"],
        ["C1", "2026-02-02", "10:00", OTHER, "late"],
        ["C1", "2026-02-02", "10:00", TEACHER, "late"],
        ["C1", "2026-02-02", "10:00", MAIL, ""],
        ["C1", "2026-02-02", "10:00", MAIL, "late"],
        ["C1", "2026-02-02", "", MAIL, "absent"],
    ],
    Grade: [
        ["Class code", "Assignment", "Due on", "Student e-mail", "Score", "Grade"],
        ["C1", "Nothing", "", MAIL, "1", ""],
        ["C1", "Quiz", "", MAIL, "1", ""],
        ["C1", "Quiz", "2026-03-01", MAIL, "1", ""],
        ["C1", "essay", "", MAIL, "-1", ""],
        ["C1", "essay", "", "s1@a.example", "many", "much too good"],
        ["C1", "essay", "2026-02-09", "s0@a.example", "3", ""],
        ["C1", "Essay", "", "s0@a.example", "4", ""],
        ["C1", "", "", "s0@a.example", "4", ""],
    ],
    Invoice: [
        [
            "Invoice number",
            "Student e-mail",
            "Amount",
            "Due on",
            "Status",
            "Currency",
            "Line items",
        ],
        ["X-1", MAIL, "12,50", "2030-01-05", "", "", ""],
        ["X-2", MAIL, "-1", "2030-01-05", "", "", ""],
        ["X-3", MAIL, "1", "2020-01-05", "", "", ""],
        ["X-4", TEACHER, "1", "2030-01-05", "", "", ""],
        ["X-5", "", "1", "2030-01-05", "", "", ""],
        ["X-6", MAIL, "1", "2030-01-05", "open", "Euro", ""],
        ["X-7", MAIL, "1", "2030-01-05", "", "", "[{"],
        ["X-8", MAIL, "1", "2030-01-05", "", "", '[{"quantity": 1}]'],
        ["INV-1", MAIL, "30", "2030-01-05", "", "", ""],
        ["inv-1", MAIL, "30", "2030-01-05", "", "", ""],
        ["X-9", MAIL, "7", "2030-01-05", "", "", ""],
    ],
    Payment: [
        ["Invoice number", "Amount", "Method", "Paid on", "Currency", "Student e-mail"],
        ["INV-1", "60.01", "cash", "2026-02-03", "", ""],
        ["NONE", "1", "cash", "2026-02-03", "", ""],
        ["GONE", "1", "cash", "2026-02-03", "", ""],
        ["N-7", "1", "cheque", "soon", "", ""],
        ["N-7", "1", "cash", "2026-02-03", "EUR", ""],
        ["N-7", "0", "cash", "2026-02-03", "", ""],
        ["N-7", "40", "cash", "2026-02-03", "", ""],
        ["N-7", "31", "cash", "2026-02-03", "", ""],
        ["N-7", "2", "cash", "2026-02-03", "", OTHER],
        ["N-7", "40", "cash", "2026-02-03", "", ""],
        ["N-7", "3", "", "2026-02-03", "", ""],
    ],
}


def label(model):
    return model._meta.label_lower


def outcome_of(batch):
    """Return everything that a batch says but the ids and moments of its own."""
    rows = [
        (
            row.row_number,
            row.outcome,
            without_moments(row.before),
            without_moments(row.after),
            row.problems,
        )
        for row in batch.rows.order_by("row_number")
    ]
    return batch.status, counts(batch), batch.row_count, batch.remarks, batch.error, rows


def without_moments(values):
    return values and {name: value for name, value in values.items() if name not in MOMENTS}


def contents(model):
    """Return the rows of a table but for their ids and moments."""
    left_out = {"id", "created_at", "updated_at"} | MOMENTS
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in left_out]
    return sorted(model.all_objects.values_list(*names), key=str)


def imported(office, model, rows, *, large, monkeypatch, settings):
    """Check and apply a file in one of the two ways; return what it told and did. Rolled back."""
    settings.IMPORT_BACKGROUND_ROWS = 0 if large else 1000
    monkeypatch.setattr(bulk, "PIECE", 2)
    with transaction.atomic():
        batch = office.checked(label(model), rows)
        results = [outcome_of(batch)]
        if not batch.rejected_count:
            imports.apply(batch, office.user)
            results += [outcome_of(batch), contents(model)]
        transaction.set_rollback(True)
    return results


def both_ways(*args, **kwargs):
    small = imported(*args, large=False, **kwargs)
    large = imported(*args, large=True, **kwargs)
    assert small == large
    return small


def test_every_table_that_can_be_imported_is_here():
    assert set(RIGHT) == set(WRONG) == set(importable_models())


@pytest.mark.parametrize("model", RIGHT)
def test_a_right_file_does_the_same_both_ways(office, model, monkeypatch, settings):
    checked, applied, _rows = both_ways(
        office, model, RIGHT[model], monkeypatch=monkeypatch, settings=settings
    )
    assert (checked[0], applied[0]) == ("previewed", "applied")
    assert checked[1] == applied[1] == RIGHT_COUNTS[model]


@pytest.mark.parametrize("block", [1, 3, 1000])
@pytest.mark.parametrize("model", WRONG)
def test_a_wrong_file_is_reported_the_same_both_ways(office, model, block, monkeypatch, settings):
    monkeypatch.setattr(staging, "BLOCK", block)
    (checked,) = both_ways(office, model, WRONG[model], monkeypatch=monkeypatch, settings=settings)
    wrong = [row for row in checked[-1] if row[1] == "rejected"]
    assert len(wrong) >= len(WRONG[model]) // 2
    assert all(row[4] for row in wrong)


def test_the_sentences_of_a_wrong_file(office):
    """One table's sentences in full; the others' stand in the tests of their resources."""
    batch = office.checked(label(Grade), WRONG[Grade])
    assert problems(batch) == [
        (2, "Assignment", "Own Class (C1) has no such assignment “Nothing”."),
        (3, "Assignment", "Own Class (C1) has 2 assignments “Quiz”; say when it is due."),
        (4, "Student e-mail", "Student has not handed in “Quiz”."),
        (5, "Score", "A score cannot be negative."),
        (6, "Score", "“many” is not a number; write it like 1234.50, without a currency sign."),
        (6, "Grade", "This is longer than 10 characters (13)."),
        (8, "", "This is already in row 7 of the file."),
        (9, "Assignment", "This is required."),
    ]
