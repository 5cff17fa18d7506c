"""Nobody imports what they may not write, nor about whom they may not see."""

import pytest
from django.core.exceptions import PermissionDenied

from academics.models import Attendance, Enrollment, Grade, SchoolClass
from core.models import User
from core.rls import tenant_context
from exchange import imports
from exchange.models import ImportBatch, ImportRow
from tests.factories.imports import Office, counts, problems, upload

ATTENDANCE = ["Class code", "Date", "Student e-mail", "Status"]
GRADE = ["Class code", "Assignment", "Student e-mail", "Score"]
UNKNOWN = "There is no class with the code “OTHER_C1” that you can see."


@pytest.fixture(params=["small", "large"], autouse=True)
def _size(request, settings):
    settings.IMPORT_BACKGROUND_ROWS = 1000 if request.param == "small" else 0


def test_a_teacher_imports_own_classes_only(cast):
    a = cast.a
    with Office(a, a.teacher) as teacher:
        wrong = teacher.checked(
            "academics.attendance",
            [
                ATTENDANCE,
                ["C1", "2026-02-02", a.student.email, "late"],
                ["OTHER_C1", "2026-02-02", a.other_student.email, "late"],
                ["C1", "2026-02-02", a.other_student.email, "late"],
            ],
        )
        nobody = f"Nobody you can see has the e-mail address “{a.other_student.email}”."
        assert problems(wrong) == [
            (3, "Class code", UNKNOWN),
            (3, "Student e-mail", nobody),
            (4, "Student e-mail", nobody),
        ]
        own = teacher.applied(
            "academics.attendance", [ATTENDANCE, ["C1", "2026-02-02", a.student.email, "late"]]
        )
        assert counts(own) == (0, 1, 0, 0)
        assert Attendance.objects.get(pk=a.attendance.pk).recorded_by == a.teacher
        grades = teacher.applied("academics.grade", [GRADE, ["C1", "essay", a.student.email, "11"]])
        assert Grade.objects.get(pk=a.grade.pk).score == 11
        wrong = teacher.checked(
            "academics.grade", [GRADE, ["OTHER_C1", "other_essay", a.student.email, "11"]]
        )
        assert problems(wrong) == [(2, "Class code", UNKNOWN)]
        teacher.undo(grades)
        assert Grade.objects.get(pk=a.grade.pk).score == 17


@pytest.mark.parametrize(
    "target",
    ["core.user", "core.guardian", "core.studentguardian", "academics.schoolclass",
     "academics.enrollment", "finance.invoice", "finance.payment"],
)  # fmt: skip
def test_a_teacher_may_not_import_what_the_office_keeps(cast, target):
    with (
        Office(cast.a, cast.a.teacher) as teacher,
        pytest.raises(PermissionDenied),
    ):
        teacher.checked(target, [["E-mail"], ["x@a.example"]])


def test_another_schools_rows_are_nobody(cast):
    a, b = cast.a, cast.b
    with Office(a) as office:
        wrong = office.checked(
            "academics.enrollment",
            [["Student e-mail", "Class code"], [b.student.email, "C1"], [a.student.email, "B-1"]],
        )
        assert [row[:2] for row in problems(wrong)] == [(2, "Student e-mail"), (3, "Class code")]
        # An address of the other school's person is free in this one.
        new = office.applied(
            "core.user", [["E-mail", "Name", "Role"], [b.student.email, "Mine", "student"]]
        )
        assert counts(new) == (1, 0, 0, 0)
    with tenant_context(b.tenant, b.admin):
        assert User.objects.get(pk=b.student.pk).name == "Student"
        assert not ImportBatch.objects.filter(pk__in=[wrong.pk, new.pk]).exists()
        assert not ImportRow.objects.filter(batch__in=[wrong.pk, new.pk]).exists()


def test_a_batch_is_its_owners_and_the_offices(cast):
    a = cast.a
    rows = [ATTENDANCE, ["C1", "2026-02-02", a.student.email, "late"]]
    with Office(a, a.teacher) as teacher:
        batch = teacher.checked("academics.attendance", rows)
    with tenant_context(a.tenant, a.outsider), pytest.raises(ImportBatch.DoesNotExist):
        imports.apply(batch, a.outsider)
    with Office(a) as office:
        imports.apply(ImportBatch.objects.get(pk=batch.pk), office.user)
        assert Attendance.objects.get(pk=a.attendance.pk).recorded_by == a.admin


def test_a_role_lost_since_the_check_applies_and_undoes_nothing(cast):
    a = cast.a
    rows = [["E-mail", "Name", "Role"], ["new@a.example", "New", "student"]]
    with Office(a) as office:
        done = office.applied("core.user", [rows[0], ["old@a.example", "Old", "student"]])
        batch = office.checked("core.user", rows)
    with tenant_context(a.tenant, role="admin"):
        User.objects.filter(pk=a.admin.pk).update(role="teacher")
        former = User.objects.get(pk=a.admin.pk)
    with Office(a, former):
        for deed, row in ((imports.apply, batch), (imports.undo, done)):
            with pytest.raises(PermissionDenied):
                deed(ImportBatch.objects.get(pk=row.pk), former)
    with tenant_context(a.tenant, role="admin"):
        batches = ImportBatch.objects.filter(pk__in=[batch.pk, done.pk])
        assert sorted(batches.values_list("status", flat=True)) == ["applied", "previewed"]
        emails = User.objects.filter(email__in=["new@a.example", "old@a.example"])
        assert list(emails.values_list("email", flat=True)) == ["old@a.example"]


def test_a_class_lost_since_the_check_refuses_the_whole(cast):
    a = cast.a
    with Office(a, a.teacher) as teacher:
        batch = teacher.checked(
            "academics.attendance", [ATTENDANCE, ["C1", "2026-02-02", a.student.email, "late"]]
        )
        assert counts(batch) == (0, 1, 0, 0)
    with tenant_context(a.tenant, a.admin):
        SchoolClass.objects.filter(pk=a.school_class.pk).update(teacher=a.outsider)
    with Office(a, a.teacher) as teacher:
        imports.apply(batch, teacher.user)
        assert (batch.status, counts(batch)) == ("refused", (0, 0, 0, 1))
        unknown = "There is no class with the code “C1” that you can see."
        assert problems(batch)[0] == (2, "Class code", unknown)
    with tenant_context(a.tenant, a.admin):
        assert Attendance.objects.get(pk=a.attendance.pk).status == "present"


def test_a_batch_of_another_file_is_not_applied(cast):
    from exchange.imports.service import kept_upload

    with Office(cast.a) as office:
        rows = [["E-mail", "Name", "Role"], ["new@a.example", "New", "student"]]
        batch = office.checked("core.user", rows)
        path = kept_upload(batch).path
        path.write_bytes(path.read_bytes().replace(b"student", b"admin  "))
        imports.apply(batch, office.user)
        assert (batch.status, batch.error) == (
            "refused",
            "The uploaded file is no longer there. Please upload it again.",
        )
        assert not User.objects.filter(email="new@a.example").exists()


def test_what_is_rejected_by_now_refuses_the_whole(cast):
    with Office(cast.a) as office:
        rows = [
            ["Student e-mail", "Class code", "Status"],
            [cast.a.other_student.email, "C1", "active"],
            [cast.a.student.email, "C1", "dropped"],
        ]
        batch = office.checked("academics.enrollment", rows)
        assert counts(batch) == (1, 1, 0, 0)
        User.objects.filter(pk=cast.a.other_student.pk).delete()
        imports.apply(batch, office.user)
        assert (batch.status, counts(batch)) == ("refused", (0, 1, 0, 1))
        assert problems(batch)[0][:2] == (2, "Student e-mail")
        assert Enrollment.objects.get(pk=cast.a.enrollment.pk).status == "active"


def test_the_columns_can_be_chosen(cast):
    with Office(cast.a) as office:
        rows = [["Who", "Name", "As"], ["new@a.example", "New", "student"]]
        batch = imports.stage(upload(rows), "core.user", office.user)
        assert batch.mapping == {"Who": None, "Name": "name", "As": None}
        assert imports.headers(batch) == ["Who", "Name", "As"]
        assert imports.sample(batch) == [["new@a.example", "New", "student"]]
        assert imports.check(batch).status == "refused"
        assert batch.error.startswith("The file has no column “E-mail”.")
        imports.remap(batch, {"Who": "email", "Name": "name", "As": "role"})
        assert imports.check(batch).status == "previewed"
        assert imports.apply(batch, office.user).status == "applied"
        with pytest.raises(imports.ImportRefused):
            imports.remap(batch, {})
        with pytest.raises(imports.ImportRefused):
            imports.discard(batch)


def test_a_batch_is_discarded_with_its_file(cast):
    from exchange.imports.service import kept_upload

    with Office(cast.a) as office:
        batch = office.checked("core.user", [["E-mail"], [cast.a.student.email]])
        path = kept_upload(batch).path
        assert path.exists()
        pk = batch.pk
        imports.discard(batch)
        assert not path.exists()
        assert not ImportBatch.objects.filter(pk=pk).exists()
