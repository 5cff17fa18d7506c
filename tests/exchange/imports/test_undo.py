"""Taking back an applied import, as a whole or not at all."""

from datetime import date

import pytest

from academics.models import Attendance, Enrollment, Grade, SchoolClass, Submission
from core.models import AuditLog, User
from exchange import imports
from exchange.models import ImportBatch
from finance.models import Payment
from tests.factories.imports import Office, problems

PEOPLE = ["E-mail", "Name", "Role"]
ANA = ["ana@a.example", "Ana Ruiz", "student"]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


def refused(office, batch):
    with pytest.raises(imports.UndoRefused) as error:
        office.undo(batch)
    batch.refresh_from_db()
    assert batch.status == "applied"
    return error.value.reasons


def test_people_are_soft_deleted_and_changes_put_back(cast, office):
    rows = [PEOPLE, ANA, [cast.a.student.email, "Renamed", "student"]]
    batch = office.applied("core.user", rows)
    office.undo(batch)
    assert (batch.status, batch.undone_by) == ("undone", cast.a.admin)
    assert not User.objects.filter(email="ana@a.example").exists()
    assert User.all_objects.get(email="ana@a.example").deleted_at is not None
    assert User.objects.get(pk=cast.a.student.pk).name == "Student"
    log = AuditLog.objects.filter(resource_id=cast.a.student.pk).latest("timestamp")
    assert log.metadata["import_batch"] == str(batch.pk)
    assert office.applied("core.user", [PEOPLE, ANA]).created_count == 1


def test_it_is_undone_once(office):
    batch = office.applied("core.user", [PEOPLE, ANA])
    office.undo(batch)
    with pytest.raises(imports.ImportRefused, match="already undone"):
        office.undo(batch)
    checked = office.checked("core.user", [PEOPLE, ANA])
    with pytest.raises(imports.ImportRefused, match="not applied"):
        office.undo(checked)


def test_who_has_rows_since_is_named(cast, office):
    names = ["Ana", "Ben", "Cleo", "Dan"]
    rows = [[f"{name}@a.example", name, "student"] for name in names]
    batch = office.applied("core.user", [PEOPLE, *rows])
    people = list(User.objects.filter(name__in=names).order_by("name"))
    for person in people:
        Enrollment.objects.create(
            student=person, school_class=cast.a.school_class, enrollment_date="2026-02-02"
        )
    Attendance.objects.create(class_session=cast.a.session, student=people[0], status="present")
    assert refused(office, batch) == [
        "4 of the people have enrollments since: Ana, Ben, Cleo, ….",
        "1 of the people has attendance since: Ana.",
    ]
    Attendance.objects.filter(student=people[0]).delete()
    Enrollment.objects.filter(student__in=people).delete()
    office.undo(batch)


def test_what_was_changed_or_deleted_since_is_named(cast, office):
    rows = [
        PEOPLE,
        ANA,
        [cast.a.student.email, "Renamed", "student"],
        [cast.a.other_student.email, "Renamed too", "student"],
    ]
    batch = office.applied("core.user", rows)
    User.objects.filter(email="ana@a.example").update(name="Ana X")
    User.objects.filter(pk=cast.a.student.pk).update(phone="+1")
    User.objects.filter(pk=cast.a.other_student.pk).delete()
    changed = User.objects.get(email="ana@a.example").updated_at
    assert refused(office, batch) == [
        "Row 4: it was deleted since.",
        f"Row 2: name was changed to “Ana X” on {changed:%-d %B %Y}.",
    ]
    User.all_objects.filter(pk=cast.a.other_student.pk).restore()
    User.objects.filter(email="ana@a.example").delete()  # is gone already
    office.undo(batch)
    assert User.objects.get(pk=cast.a.student.pk).phone == "+1"
    assert User.objects.get(pk=cast.a.student.pk).name == "Student"


def test_only_the_first_reasons_are_spelt_out(office):
    rows = [[f"p{n}@a.example", f"P {n}", "student"] for n in range(14)]
    batch = office.applied("core.user", [PEOPLE, *rows])
    User.objects.filter(email__endswith="@a.example").update(name="X")
    reasons = refused(office, batch)
    assert len(reasons) == 11
    assert reasons[-1] == "4 more values were changed since."


def test_a_seat_is_freed_before_another_is_taken_back(cast, office):
    SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
    ana = User.objects.create(email=ANA[0], name=ANA[1], role="student")
    rows = [
        ["Student e-mail", "Class code", "Status"],
        [cast.a.student.email, "C1", "dropped"],
        [ana.email, "C1", "active"],
    ]
    batch = office.applied("academics.enrollment", rows)
    office.undo(batch)
    assert not Enrollment.objects.filter(student=ana).exists()
    assert Enrollment.objects.get(pk=cast.a.enrollment.pk).status == "active"
    assert SchoolClass.objects.get(pk=cast.a.school_class.pk).enrolled_count == 1


def test_a_class_that_is_full_by_now_says_so(cast, office):
    SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
    rows = [["Student e-mail", "Class code", "Status"], [cast.a.student.email, "C1", "dropped"]]
    batch = office.applied("academics.enrollment", rows)
    ana = User.objects.create(email=ANA[0], name=ANA[1], role="student")
    Enrollment.objects.create(student=ana, school_class=cast.a.school_class)
    assert refused(office, batch) == ["The class is full."]


def test_classes_attendance_and_grades_are_undone(cast, office):
    classes = office.applied(
        "academics.schoolclass", [["Class code", "Name", "First day"], ["N", "New", "2026-02-01"]]
    )
    attendance = office.applied(
        "academics.attendance",
        [
            ["Class code", "Date", "Student e-mail", "Status"],
            ["C1", "2026-02-02", cast.a.student.email, "late"],
        ],
    )
    changed = Attendance.objects.get(pk=cast.a.attendance.pk)
    assert (changed.status, changed.recorded_by) == ("late", cast.a.admin)
    ana = User.objects.create(email=ANA[0], name=ANA[1], role="student")
    work = Submission.objects.create(assignment=cast.a.assignment, student=ana)
    grades = office.applied(
        "academics.grade",
        [["Class code", "Assignment", "Student e-mail", "Score"], ["C1", "essay", ana.email, "9"]],
    )
    assert Submission.objects.get(pk=work.pk).status == "graded"
    for batch in (grades, attendance, classes):
        office.undo(batch)
    assert Submission.objects.get(pk=work.pk).status == "submitted"
    assert not Grade.objects.filter(student=ana).exists()
    restored = Attendance.objects.get(pk=cast.a.attendance.pk)
    # The mark is as it was; that it is so again is the doing of who undid it.
    assert (restored.status, restored.recorded_by) == ("present", cast.a.admin)
    assert restored.recorded_at == cast.a.attendance.recorded_at
    assert SchoolClass.objects.filter(code="N").count() == 0


def test_money_stays(cast, office):
    """What is recorded of money is not deleted; an issued invoice is cancelled instead."""
    invoices = office.applied(
        "finance.invoice",
        [
            ["Invoice number", "Student e-mail", "Amount", "Issued on", "Due on", "Status"],
            ["N-1", cast.a.student.email, "50", "2026-01-05", "2026-02-05", "pending"],
        ],
    )
    (reason,) = refused(office, invoices)
    assert reason.startswith("An issued invoice stays as it is.")
    payments = office.applied(
        "finance.payment",
        [["Invoice number", "Amount", "Method", "Paid on"], ["N-1", "50", "cash", "2026-02-01"]],
    )
    assert refused(office, payments) == ["What such a file adds is recorded for good."]
    assert Payment.objects.filter(invoice__invoice_number="N-1").count() == 1


def test_a_teacher_undoes_own_imports_only(cast):
    rows = [
        ["Class code", "Date", "Student e-mail", "Status"],
        ["C1", "2026-02-02", cast.a.student.email, "late"],
    ]
    with Office(cast.a) as office:
        of_admin = office.applied("academics.attendance", rows)
    rows[1][-1] = "absent"
    with Office(cast.a, cast.a.teacher) as teacher:
        assert not ImportBatch.objects.filter(pk=of_admin.pk).exists()
        with pytest.raises(ImportBatch.DoesNotExist):
            teacher.undo(of_admin)
        own = teacher.applied("academics.attendance", rows)
        teacher.undo(own)
        assert Attendance.objects.get(pk=cast.a.attendance.pk).status == "late"


def test_each_row_gets_the_columns_back_that_it_changed_itself(cast, office):
    """One row of the file changed a name, another a phone: what else changed since stays."""
    User.objects.filter(pk__in=[cast.a.student.pk, cast.a.other_student.pk]).update(phone="+1")
    rows = [
        [*PEOPLE, "Phone"],
        [cast.a.student.email, "Renamed", "student", "+1"],
        [cast.a.other_student.email, cast.a.other_student.name, "student", "+2"],
        [cast.a.teacher.email, "Also renamed", "teacher", "+3"],
    ]
    batch = office.applied("core.user", rows)
    assert batch.changed_count == 3
    User.objects.filter(pk=cast.a.student.pk).update(phone="+9")
    User.objects.filter(pk=cast.a.other_student.pk).update(name="Married")
    office.undo(batch)
    people = User.objects.filter(role__in=["student", "teacher"]).exclude(pk=cast.a.outsider.pk)
    assert {user.email.partition("@")[0]: (user.name, user.phone) for user in people} == {
        "student": (cast.a.student.name, "+9"),
        "other_student": ("Married", "+1"),
        "teacher": (cast.a.teacher.name, cast.a.teacher.phone),
    }


def test_a_class_code_that_several_classes_have_is_refused(cast, office):
    SchoolClass.objects.create(name="Twin", code="c1", start_date=date(2026, 1, 5))
    rows = [
        ["Student e-mail", "Class code", "Enrolled on"],
        [cast.a.other_student.email, "C1", "2026-02-02"],
    ]
    sentence = "2 classes have the code “C1”; give each its own first."
    batch = office.checked("academics.enrollment", rows)
    assert [(row, text) for row, _label, text in problems(batch)] == [(2, sentence)]
