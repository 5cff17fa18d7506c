"""A whole bundle in, and again."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext

from academics.models import (
    AcademicYear,
    Assignment,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    Term,
)
from core.models import AuditLog, Guardian, StudentGuardian, User
from core.rls import tenant_context
from oneroster.models import SourcedRecord
from tests.oneroster import bundles
from tests.oneroster.bundles import enrollment, line_item, role, school_class, small, user

pytestmark = pytest.mark.django_db


def large():
    """Return a school as large as a real one: 156 classes, 290 people, 4,006 enrollments."""
    users = [user(f"t{i}", "Teacher", str(i), email=f"t{i}@s.example") for i in range(15)]
    users += [user(f"s{i}", "Student", str(i), email=f"s{i}@s.example") for i in range(275)]
    roles = [role(row["sourcedId"], "teacher") for row in users[:15]]
    roles += [role(row["sourcedId"], "student") for row in users[15:]]
    classes = [school_class(f"c{i}", f"Class {i}", termSourcedIds="t1") for i in range(156)]
    seats = [enrollment(f"et{i}", f"c{i}", f"t{i % 15}", "teacher") for i in range(156)]
    seats += [
        enrollment(f"es{n}", f"c{n % 156}", f"s{(n * 7 + n // 156) % 275}") for n in range(3850)
    ]
    return small(users=users, roles=roles, classes=classes, enrollments=seats,
                 lineItems=None, results=None, categories=None)  # fmt: skip


def everything():
    """Return all that an import may touch, with the times of the last change."""
    models = [
        User, Guardian, StudentGuardian, AcademicYear, Term, SchoolClass, Enrollment, Assignment,
        Submission, Grade, SourcedRecord,
    ]  # fmt: skip
    return {model: sorted(map(str, model.all_objects.values_list())) for model in models}


@pytest.mark.scale
def test_real_size_all_present_and_second_run_changes_nothing(run):
    files = large()
    report = run(files)
    assert (report.rejected, report.kept) == (0, True)
    assert SchoolClass.objects.count() == 156
    assert User.objects.count() == 290
    assert Enrollment.objects.active().count() == 3850
    by_code = {record.sourced_id: record.resource_id for record in SourcedRecord.objects.all()}
    teachers = {
        by_code[row["classSourcedId"]]: by_code[row["userSourcedId"]]
        for row in files["enrollments"]
        if row["role"] == "teacher"
    }
    assert dict(SchoolClass.objects.values_list("pk", "teacher_id")) == teachers
    pairs = Counter(
        (by_code[row["userSourcedId"]], by_code[row["classSourcedId"]])
        for row in files["enrollments"]
        if row["role"] == "student"
    )
    assert Counter(Enrollment.objects.values_list("student_id", "school_class_id")) == pairs
    assert not SchoolClass.objects.filter(enrolled_count__gt=F("capacity")).exists()
    assert SchoolClass.objects.aggregate(Sum("enrolled_count")) == {"enrolled_count__sum": 3850}

    before, audited = everything(), AuditLog.objects.count()
    with CaptureQueriesContext(connection) as queries:
        again = run(files)
    assert {file: dict(counts) for file, counts in again.counts.items()} == {
        "orgs": {"unchanged": 2},
        "academicSessions": {"unchanged": 3},
        "courses": {"unchanged": 1},
        "users": {"unchanged": 290},
        "roles": {"unchanged": 290},
        "classes": {"unchanged": 156},
        "enrollments": {"unchanged": 4006},
    }
    assert everything() == before
    assert AuditLog.objects.count() == audited
    writing = [q["sql"] for q in queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert writing == []


def test_queries_do_not_grow_with_rows(run):
    with CaptureQueriesContext(connection) as few:
        run(small(), dry_run=True)
    files = small()
    for i in range(20):
        files["users"].append(user(f"x{i}", "Extra", str(i), email=f"x{i}@school.example"))
        files["roles"].append(role(f"x{i}", "student"))
        files["classes"].append(school_class(f"y{i}", f"Class {i}", termSourcedIds="t1"))
        files["enrollments"].append(enrollment(f"z{i}", f"y{i}", f"x{i}"))
        files["lineItems"].append(line_item(f"m{i}", f"y{i}", f"Essay {i}"))
    with CaptureQueriesContext(connection) as many:
        run(files, dry_run=True)
    assert len(many) == len(few)


def test_small_bundle_row_by_row(run):
    run(small())
    ada, mia = User.objects.get(email="ada@school.example"), User.objects.get(name="Mia Yates")
    assert (ada.name, ada.role, ada.status, ada.password) == (
        "Ada Byron", "teacher", "active", "!")  # fmt: skip
    assert mia.has_placeholder_email
    assert mia.metadata["_imported"]["email_placeholder"] is True
    first, second = SchoolClass.objects.order_by("name")
    assert (first.name, first.code, first.subject, first.level, first.teacher) == (
        "Algebra 1", "ALG-1", "Mathematics", "09, 10", ada)  # fmt: skip
    assert (first.start_date, first.end_date) == (date(2025, 8, 25), date(2025, 12, 19))
    assert (second.start_date, second.end_date) == (date(2025, 8, 25), date(2026, 6, 5))
    assert (first.capacity, first.enrolled_count) == (20, 2)
    quiz, essay = Assignment.objects.order_by("-title")
    assert (quiz.type, quiz.max_score, quiz.due_date) == ("quiz", 10, date(2025, 9, 8))
    grade = Grade.objects.get(assignment=quiz)
    assert (grade.score, grade.graded_at.date()) == (Decimal("7.50"), date(2025, 9, 10))
    assert grade.submission.status == "graded"
    assert grade.submission.submitted_at.date() == date(2025, 9, 8)  # not late
    assert Enrollment.objects.get(student=grade.student, school_class=first).current_grade == "C"


def test_rows_are_audited_with_their_source(run):
    run(small())
    entry = AuditLog.objects.filter(action="class_created").first()
    assert entry.metadata == {"source": "import_oneroster", "file": "bundle.zip", "role": "admin"}


def test_nothing_leaves_the_school(run, cast):
    run(small())
    with tenant_context(cast.a.tenant, role="admin"):
        assert not User.objects.filter(email="ada@school.example").exists()


def test_dry_run_reports_and_keeps_nothing(run):
    before = everything()
    report = run(small(), dry_run=True)
    assert report.counts["users"]["created"] == 5
    assert report.kept is False
    assert everything() == before


def test_strict_rolls_back_for_one_rejected_row(run):
    files = small()
    files["enrollments"].append(enrollment("e-9", "nowhere", "u-s1"))
    before = everything()
    report = run(files, strict=True)
    assert (report.kept, report.rejected) == (False, 1)
    assert everything() == before
    report = run(files)
    assert (report.kept, report.rejected) == (True, 1)
    assert Enrollment.objects.count() == 4


def test_rejected_rows_name_file_line_and_reason(run):
    files = small()
    files["enrollments"] += [
        enrollment("e-7", "c1", "ghost"),
        enrollment("e-8", "c1", "u-t2"),
        enrollment("", "c1", "u-s3"),
        enrollment("e-10", "c1", "u-s3", beginDate="someday"),
        enrollment("e-1", "c2", "u-s2"),
        enrollment("e-12", "c1", "u-s3", status="gone"),
    ]
    report = run(files)
    assert [(i.file, i.line, i.sourced_id, i.reason) for i in report.of_level("rejected")] == [
        ("enrollments", 8, "e-7", "the person “ghost” is not in users.csv"),
        ("enrollments", 9, "e-8", "enrolled as a student, but “Emmy Noether” is a teacher here"),
        ("enrollments", 10, "", "no sourcedId"),
        ("enrollments", 11, "e-10", "beginDate: 'someday' is not a date"),
        ("enrollments", 12, "e-1", "the sourcedId stands on line 4 already"),
        ("enrollments", 13, "e-12", "unknown status 'gone'"),
    ]
    assert sum(report.counts["enrollments"].values()) == report.rows["enrollments"]
    assert Enrollment.objects.count() == 4


def test_a_change_in_the_bundle_changes_that_field_alone(run):
    run(small())
    User.objects.filter(email="max@school.example").update(phone="1234")
    stamps = dict(User.objects.values_list("pk", "updated_at"))
    files = small()
    files["users"][2]["familyName"] = "Younger"
    report = run(files)
    assert report.counts["users"] == {"updated": 1, "unchanged": 4}
    changed = User.objects.get(email="max@school.example")
    assert (changed.name, changed.phone) == ("Max Younger", "1234")
    del stamps[changed.pk]
    assert dict(User.objects.exclude(pk=changed.pk).values_list("pk", "updated_at")) == stamps


def test_what_the_school_changed_stays(run):
    run(small())
    User.objects.filter(email="max@school.example").update(status="suspended", name="Maxi")
    SchoolClass.objects.filter(name="Algebra 1").update(capacity=3, start_date=date(2025, 9, 1))
    before = everything()
    run(small())
    assert everything() == before


def test_rows_deleted_for_good_come_back(run):
    run(small())
    Grade.objects.all().delete()
    Submission.objects.all().delete()
    Enrollment.objects.all().delete()
    run(small())
    assert Enrollment.objects.count() == 4
    assert Grade.objects.count() == 2


def test_soft_deleted_rows_stay_deleted_and_are_reported(run):
    run(small())
    SchoolClass.objects.get(name="Algebra 1").delete()
    User.objects.get(email="moe@school.example").delete()
    report = run(small(), strict=True)
    assert report.kept
    assert SchoolClass.objects.count() == 1
    assert User.objects.count() == 4
    assert {i.reason for i in report.of_level("skipped") if i.file in ("users", "classes")} == {
        "was deleted here, and stays so until restored"
    }


def test_the_bundle_of_a_later_day_lists_changes_only(run):
    run(small())
    delta = {
        "manifest": [{"propertyName": "file.enrollments", "value": "delta"}],
        "enrollments": [enrollment("e-5", "c1", "u-s3", status="active")],
    }
    report = run(delta)
    assert (report.counts["enrollments"], report.rejected) == ({"created": 1}, 0)
    assert SchoolClass.objects.get(name="Algebra 1").enrolled_count == 3
    assert not any("no longer has" in remark for remark in report.remarks)


def test_rows_that_a_full_bundle_no_longer_has_stay(run):
    run(small())
    files = small()
    del files["users"][4], files["roles"][4], files["enrollments"][5]
    report = run(files)
    assert "users.csv no longer has 1 rows of earlier imports; they stay as they are." in (
        report.remarks
    )
    assert User.objects.count() == 5


def test_two_imports_at_once_are_refused(run, school, monkeypatch):
    from oneroster.bundle.errors import BundleError
    from oneroster.incoming import service

    monkeypatch.setattr(service, "TRY_LOCK", "SELECT false, %s")
    with pytest.raises(BundleError, match="Another import"):
        run(small())


def test_the_columns_of_the_standard_are_known():
    from oneroster.bundle import columns

    for file, names in bundles.HEADERS.items():
        known = columns.canonical(file)
        unknown = [name for name in names if columns.fold(name) not in known]
        assert set(unknown) <= {
            "userIds", "agentSourcedIds", "userMasterIdentifier", "pronouns",
            "userProfileSourcedId",
        }  # fmt: skip
