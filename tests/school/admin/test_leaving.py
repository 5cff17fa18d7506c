"""A student leaves school in one step, and comes back."""

from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from academics.models import Absence, Enrollment, WaitlistEntry
from core.defaults import today
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.factories import academics, core

PAGE = reverse("admin:student_leave")


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def office(school, client, sign_in):
    return sign_in(client, school, school.admin)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def address(*students):
    return f"{PAGE}?{'&'.join(f'student={student.pk}' for student in students)}"


def leave(office, school, *students, **data):
    with as_admin(school):
        given = {"day": today().isoformat(), "reason": "Moved away"}
    return office.post(address(*students), given | data)


def wait_for_another_class(school):
    """Put the student on the waitlist of the other class, which is full."""
    school_class = school.other_class
    type(school_class).objects.filter(pk=school_class.pk).update(capacity=1)
    return academics.waitlist_entry(student=school.student, school_class=school_class)


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("registrar", 200),
        ("bursar", 403),
        ("teacher", 403),
        ("student", 302),
        ("guardian", 302),
    ],
)
def test_the_page_by_role(school, client, sign_in, who, status):
    sign_in(client, school, getattr(school, who))
    assert client.get(address(school.student)).status_code == status


@pytest.mark.parametrize("query", ["", "?student=x", "?student="])
def test_nobody_to_leave_is_not_found(office, query):
    assert office.get(PAGE + query).status_code == 404


def test_another_schools_student_is_not_found(cast, office):
    assert office.get(address(cast.b.student)).status_code == 404
    assert office.post(reverse("admin:student_back", args=[cast.b.student.pk])).status_code == 404


def test_the_page_says_what_will_happen_and_changes_nothing(school, office):
    with as_admin(school):
        academics.absence(
            student=school.student,
            starts_on=today(),
            ends_on=today() + timedelta(5),
            status="approved",
        )
        wait_for_another_class(school)
    text = office.get(address(school.student)).content.decode()
    for part in (
        "Own Class (C1): Student. Nobody waits for the seat.",
        "1 absence lasts beyond that day and ends with it.",
        "1 place on a waitlist is given up.",
        "Student, invoice INV-1, 60.00 USD",
    ):
        assert part in text
    with as_admin(school):
        assert User.objects.get(pk=school.student.pk).is_active


def test_a_registrar_lets_a_student_leave_and_sees_no_money(school, client, sign_in):
    sign_in(client, school, school.registrar)
    assert "INV-1" not in client.get(address(school.student)).content.decode()
    leave(client, school, school.student)
    with as_admin(school):
        assert User.objects.get(pk=school.student.pk).status == "archived"


def test_leaving_ends_what_is_to_end_and_keeps_the_rest(school, office, client):
    with as_admin(school):
        day = today()
        waiting = core.user(name="Waiting", email="w@a.example")
        type(school.school_class).objects.filter(pk=school.school_class.pk).update(capacity=1)
        academics.waitlist_entry(student=waiting, school_class=school.school_class)
        late = academics.absence(
            student=school.student, starts_on=day, ends_on=day + timedelta(5), status="approved"
        )
        later = day + timedelta(9)
        academics.absence(student=school.student, starts_on=later, ends_on=later)
        kept = [Invoice.objects.count(), Payment.objects.count()]
    answer = leave(office, school, school.student)
    assert answer.url == reverse("admin:student_profile", args=[school.student.pk])
    assert messages_of(answer) == [
        "1 student has left.",
        "1 enrollment was ended.",
        "Waiting got a seat in Own Class (C1).",
    ]
    with as_admin(school):
        row = User.objects.get(pk=school.student.pk)
        assert row.status == "archived"
        assert (row.metadata["exit_date"], row.metadata["exit_reason"]) == (
            day.isoformat(), "Moved away",
        )  # fmt: skip
        place = Enrollment.objects.get(pk=school.enrollment.pk)
        assert (place.status, place.completion_date) == ("dropped", day)
        assert Enrollment.objects.get(student=waiting).is_active
        late.refresh_from_db()
        assert late.ends_on == day
        assert not Absence.objects.filter(student=school.student, starts_on=later).exists()
        assert [Invoice.objects.count(), Payment.objects.count()] == kept
    listed = office.get(reverse("admin:students"), {"former": "1"}).content.decode()
    assert "Student" in listed
    profile = office.get(reverse("admin:student_profile", args=[school.student.pk]))
    assert "Moved away" in profile.content.decode()


def test_who_left_is_signed_out_at_once(school, client, sign_in):
    sign_in(client, school, school.student)
    with as_admin(school):
        from school.services import leaving

        leaving.leave(students=[school.student], day=today(), reason="Moved")
    assert client.get(reverse("my_today")).url.startswith("/login/")


def test_a_class_that_was_over_is_completed(school, office):
    with as_admin(school):
        type(school.school_class).objects.filter(pk=school.school_class.pk).update(
            end_date=date(2026, 6, 30)
        )
    leave(office, school, school.student, day="2026-07-31")
    with as_admin(school):
        place = Enrollment.objects.get(pk=school.enrollment.pk)
    assert (place.status, place.completion_date) == ("completed", date(2026, 7, 31))


def test_waiting_for_another_class_ends(school, office):
    with as_admin(school):
        entry = wait_for_another_class(school)
    leave(office, school, school.student)
    with as_admin(school):
        assert WaitlistEntry.objects.get(pk=entry.pk).status == "withdrawn"


@pytest.mark.parametrize(
    ("data", "field"),
    [({"day": ""}, "day"), ({"day": "someday"}, "day"), ({"day": "2200-01-01"}, "day"),
     ({"day": "1800-01-01"}, "day"), ({"reason": ""}, "reason"), ({"reason": "x" * 201}, "reason")],
)  # fmt: skip
def test_wrong_entries_are_explained_and_nobody_leaves(school, office, data, field):
    answer = leave(office, school, school.student, **data)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    with as_admin(school):
        assert User.objects.get(pk=school.student.pk).is_active


def test_several_leave_from_the_list(school, office):
    both = [school.student, school.other_student]
    data = {
        "action": "leave_selected",
        "_selected_action": [school.teacher.pk, *(student.pk for student in both)],
    }
    answer = office.post(reverse("admin:core_user_changelist"), data)
    assert set(answer.url.removeprefix(f"{PAGE}?").split("&")) == {
        f"student={student.pk}" for student in both
    }
    answer = leave(office, school, *both)
    assert messages_of(answer)[0] == "2 students have left."
    only_staff = office.post(
        reverse("admin:core_user_changelist"),
        {"action": "leave_selected", "_selected_action": [school.teacher.pk]},
    )
    assert only_staff.status_code == 302
    assert PAGE not in only_staff.url


def test_who_came_back_is_active_and_keeps_no_exit(school, office):
    leave(office, school, school.student)
    back = reverse("admin:student_back", args=[school.student.pk])
    assert office.get(back).status_code == 405
    answer = office.post(back)
    assert "is back and can sign in" in messages_of(answer)[-1]
    with as_admin(school):
        row = User.objects.get(pk=school.student.pk)
        assert (row.status, {"exit_date", "exit_reason"} & {*row.metadata}) == ("active", set())
    assert messages_of(office.post(back))[-1] == "Student is at the school."
