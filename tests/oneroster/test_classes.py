"""classes.csv and enrollments.csv."""

from datetime import date

import pytest

from academics.models import Enrollment, SchoolClass
from core.models import User
from tests.oneroster.bundles import enrollment, role, school_class, session, small, user

pytestmark = pytest.mark.django_db


def notes(report, file):
    return [issue.reason for issue in report.of_level("note") if issue.file == file]


def only_class(**columns):
    return small(
        classes=[school_class("c1", "Algebra") | columns],
        enrollments=None,
        lineItems=None,
        results=None,
    )


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("t1", (date(2025, 8, 25), date(2025, 12, 19))),
        ("t2, t1", (date(2025, 8, 25), date(2026, 6, 5))),
        ("t2,gone", (date(2026, 1, 5), date(2026, 6, 5))),
        ("gone", (date(2025, 8, 25), date(2026, 6, 5))),  # the course's school year
        ("", (date(2025, 8, 25), date(2026, 6, 5))),
    ],
)
def test_dates_come_from_the_terms(run, terms, expected):
    report = run(only_class(termSourcedIds=terms))
    made = SchoolClass.objects.get()
    assert (made.start_date, made.end_date) == expected
    assert ("the term “gone” is not in academicSessions.csv" in notes(report, "classes")) == (
        "gone" in terms
    )


def test_without_any_session_a_class_begins_today_and_stays_so(run, school):
    files = only_class() | {"academicSessions": []}
    report = run(files)
    assert SchoolClass.objects.get().start_date == school.today()
    assert "no term with dates; a new class begins today" in notes(report, "classes")
    SchoolClass.objects.update(start_date=date(2020, 1, 1))
    assert run(files).counts["classes"] == {"unchanged": 1}
    assert SchoolClass.objects.get().start_date == date(2020, 1, 1)


def test_sessions_that_end_before_they_begin(run):
    run(only_class(termSourcedIds="t1") | {
        "academicSessions": [session("t1", "term", "2026-01-05", "2025-01-05")]})  # fmt: skip
    made = SchoolClass.objects.get()
    assert (made.start_date, made.end_date) == (date(2026, 1, 5), None)


def test_long_texts_are_cut_and_noted(run):
    report = run(only_class(title="T" * 300, classCode="C" * 60, periods="P" * 600))
    made = SchoolClass.objects.get()
    assert (len(made.name), len(made.code), len(made.schedule_description)) == (255, 50, 500)
    assert len(notes(report, "classes")) == 3


def test_periods_location_and_missing_course(run):
    report = run(only_class(periods="1,3", location="Room 5", courseSourcedId="nope", grades="11"))
    made = SchoolClass.objects.get()
    assert (made.schedule_description, made.subject, made.level) == ("1, 3 (Room 5)", None, "11")
    assert "the course “nope” is not in courses.csv" in notes(report, "classes")


def test_capacity_is_the_schools_default_raised_to_what_is_enrolled(run, school):
    school.settings = {"default_capacity": 1}
    run(small())
    assert set(SchoolClass.objects.values_list("name", "capacity")) == {
        ("Algebra 1", 2),
        ("Algebra 2", 2),
    }


@pytest.mark.parametrize("odd", [0, -5, "30", None, True, 2.5])
def test_an_odd_default_capacity_is_twenty(run, school, odd):
    school.settings = {"default_capacity": odd}
    run(only_class())
    assert SchoolClass.objects.get().capacity == 20


def test_a_full_class_here_is_raised_counting_who_is_there_already(run):
    run(small())
    other = User.objects.create(email="x@s.example", name="By hand", role="student")
    first = SchoolClass.objects.get(name="Algebra 1")
    Enrollment.objects.create(student=other, school_class=first)
    SchoolClass.objects.filter(pk=first.pk).update(capacity=3)
    files = small()
    files["enrollments"].append(enrollment("e-9", "c1", "u-s3"))
    report = run(files)
    first.refresh_from_db()
    assert (first.capacity, first.enrolled_count) == (4, 4)
    assert any("capacity of 1 existing classes" in remark for remark in report.remarks)


def test_to_be_deleted_cancels_a_class_and_active_restores_it(run):
    run(small())
    files = small()
    files["classes"][0]["status"] = "tobedeleted"
    report = run(files)
    assert report.counts["classes"] == {"archived": 1, "unchanged": 1}
    assert SchoolClass.objects.get(name="Algebra 1").status == "cancelled"
    run(small())
    assert SchoolClass.objects.get(name="Algebra 1").status == "active"


# --- enrollments ---


def test_dates_of_an_enrollment(run):
    files = small()
    files["enrollments"][2] |= {"beginDate": "2025-09-01", "endDate": "2025-10-01"}
    files["enrollments"][3] |= {"beginDate": "2025-09-01", "endDate": "2025-08-01"}
    report = run(files)
    max_, mia = Enrollment.objects.filter(school_class__name="Algebra 1").order_by("student__name")
    assert (max_.enrollment_date, max_.completion_date, max_.status) == (
        date(2025, 9, 1), date(2025, 10, 1), "active")  # fmt: skip
    assert (mia.enrollment_date, mia.completion_date) == (date(2025, 9, 1), None)
    assert notes(report, "enrollments") == ["ends before it begins; no end"]


def test_without_dates_an_enrollment_begins_with_its_class(run):
    run(small())
    assert set(Enrollment.objects.values_list("enrollment_date", flat=True)) == {date(2025, 8, 25)}


def test_two_rows_of_a_student_in_a_class_are_one_enrollment(run):
    files = small()
    files["enrollments"].append(enrollment("e-1b", "c1", "u-s1"))
    report = run(files)
    assert (report.counts["enrollments"], report.rejected) == ({"created": 7}, 0)
    assert notes(report, "enrollments") == ["the same student and class as line 4; one enrollment"]
    assert Enrollment.objects.count() == 4
    assert run(files).counts["enrollments"] == {"unchanged": 7}
    files["enrollments"][2]["status"] = "tobedeleted"  # the other row still holds the seat
    run(files)
    assert Enrollment.objects.active().count() == 4


def test_an_enrollment_made_by_hand_is_linked(run):
    files = small()
    run({**files, "enrollments": files["enrollments"][:2], "results": []})
    Enrollment.objects.create(
        student=User.objects.get(email="max@school.example"),
        school_class=SchoolClass.objects.get(name="Algebra 1"),
    )
    run(files)
    assert Enrollment.objects.count() == 4


def test_to_be_deleted_drops_and_active_enrolls_again(run):
    run(small())
    files = small()
    files["enrollments"][2]["status"] = "tobedeleted"
    report = run(files)
    assert report.counts["enrollments"] == {"archived": 1, "unchanged": 5}
    assert Enrollment.objects.get(status="dropped").student.name == "Max Young"
    assert SchoolClass.objects.get(name="Algebra 1").enrolled_count == 1
    assert run(files).counts["enrollments"] == {"unchanged": 6}
    run(small())
    assert Enrollment.objects.active().count() == Enrollment.objects.count() == 4


def test_a_row_that_moves_to_another_class(run):
    run(small())
    files = small()
    files["enrollments"][5]["classSourcedId"] = "c1"
    run(files)
    assert set(
        Enrollment.objects.filter(student__name="Moe York").values_list(
            "school_class__name", "status"
        )
    ) == {("Algebra 1", "active"), ("Algebra 2", "dropped")}


def test_rows_of_other_roles_are_skipped(run):
    files = small()
    files["enrollments"].append(enrollment("e-p", "c1", "u-t2", "proctor"))
    report = run(files, strict=True)
    assert [issue.reason for issue in report.of_level("skipped")] == [
        "the role “proctor” in a class has no counterpart here"
    ]


# --- teachers ---


def test_the_primary_teacher_teaches(run):
    files = small()
    files["enrollments"][0]["primary"] = "false"
    files["enrollments"].append(enrollment("e-t3", "c1", "u-t2", "teacher", primary="TRUE"))
    report = run(files)
    assert SchoolClass.objects.get(name="Algebra 1").teacher.name == "Emmy Noether"
    assert notes(report, "enrollments") == [
        "a further teacher of the class; kept in the records only"
    ]


def test_another_teacher_in_a_later_bundle(run):
    run(small())
    files = small()
    files["enrollments"][0]["status"] = "tobedeleted"
    files["enrollments"].append(enrollment("e-t3", "c1", "u-t2", "teacher"))
    run(files)
    assert SchoolClass.objects.get(name="Algebra 1").teacher.name == "Emmy Noether"


def test_a_teacher_who_leaves_leaves_the_class_without_one(run):
    run(small())
    files = small()
    files["enrollments"][0]["status"] = "tobedeleted"
    run(files)
    assert SchoolClass.objects.get(name="Algebra 1").teacher is None


def test_a_teacher_given_by_hand_stays(run):
    run(small())
    emmy = User.objects.get(name="Emmy Noether")
    SchoolClass.objects.filter(name="Algebra 1").update(teacher=emmy)
    run(small())
    assert SchoolClass.objects.get(name="Algebra 1").teacher == emmy


# --- several schools ---


def district():
    files = small()
    files["orgs"].append({"sourcedId": "s2", "name": "Other School", "type": "school"})
    files["users"].append(user("o-1", "Olga", "Other", primaryOrgSourcedId="s2"))
    files["roles"].append(role("o-1", "student", orgSourcedId="s2"))
    files["classes"].append(school_class("o-c", "Other class", schoolSourcedId="s2"))
    files["enrollments"].append(enrollment("o-e", "o-c", "o-1", schoolSourcedId="s2"))
    return files


def test_a_bundle_of_several_schools_needs_a_choice(run):
    from oneroster.bundle.errors import BundleError

    with pytest.raises(BundleError) as caught:
        run(district())
    assert str(caught.value) == (
        "The bundle has 2 schools, and a school here is one of them: choose it with --org. "
        "It has: s1 (High School, 2 classes); s2 (Other School, 1 classes)."
    )
    with pytest.raises(BundleError, match="has no school “s9”"):
        run(district(), org="s9")


def test_the_chosen_school_alone_is_imported_and_remembered(run):
    report = run(district(), org="s1", strict=True)
    assert report.kept
    assert User.objects.count() == 5
    assert SchoolClass.objects.count() == 2
    assert {(i.file, i.reason) for i in report.of_level("skipped")} == {
        ("users", "belongs to another school"),
        ("roles", "belongs to another school"),
        ("classes", "belongs to another school"),
        ("enrollments", "the class “o-c” was skipped"),
    }
    again = run(district())
    assert again.org == "High School (s1)"
    assert set(again.counts["users"]) == {"unchanged", "skipped"}


def test_a_class_of_a_school_that_is_not_in_the_bundle_is_rejected(run):
    files = small()
    files["classes"][1]["schoolSourcedId"] = "elsewhere"
    report = run(files)
    assert [i.reason for i in report.of_level("rejected")][0] == (
        "the school “elsewhere” is not in orgs.csv"
    )
