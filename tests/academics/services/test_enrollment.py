"""Enrolling at the desk: seats first, then the queue, and nothing half-done."""

from datetime import timedelta

import pytest

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from academics.selectors import people_list
from academics.services import enrollment as service
from core.models import User
from core.rls import tenant_context


@pytest.fixture
def school(cast):
    """School A in its admin's context; its class has two seats, one of them taken."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=2)
        yield cast.a


@pytest.fixture
def students(school):
    return [
        User.objects.create_user(
            f"n{n}@example.com",
            name=f"New {n}",
            role="student",
            metadata={"student_number": f"100{n}"},
        )
        for n in range(3)
    ]


def active(school_class):
    rows = Enrollment.objects.active().filter(school_class=school_class)
    return set(rows.values_list("student__name", flat=True))


def waiting(school_class):
    return [entry.student.name for entry in school_class.waitlist.waiting()]


def test_seats_in_the_order_given_and_the_rest_waits(school, students):
    made = school.school_class
    outcome = service.enroll(school_class=made, students=[school.student, *students], waitlist=True)
    assert outcome.already == [school.student]
    assert outcome.enrolled == students[:1]
    assert outcome.waiting == students[1:]
    assert active(made) == {"Student", "New 0"}
    assert waiting(made) == ["New 1", "New 2"]


def test_without_the_waitlist_the_rest_is_listed(school, students):
    outcome = service.enroll(school_class=school.school_class, students=students)
    assert outcome.without_seat == students[1:]
    assert waiting(school.school_class) == []


def test_nobody_overtakes_the_queue(school, students):
    """While somebody waits there is no seat for a newcomer; who is suspended holds nobody up."""
    made = school.school_class
    service.enroll(school_class=made, students=students, waitlist=True)
    assert service.enroll(school_class=made, students=[school.other_student]).without_seat
    User.objects.filter(pk__in=[s.pk for s in students[1:]]).update(status="suspended")
    service.drop(enrollment=school.enrollment)
    outcome = service.enroll(school_class=made, students=[school.other_student])
    assert outcome.enrolled == [school.other_student]
    assert waiting(made) == ["New 1", "New 2"]


def test_an_ended_class_takes_nobody_in(school, students):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(status="completed")
    with pytest.raises(service.Refused, match="not active"):
        service.enroll(school_class=school.school_class, students=students)


def test_dropping_returns_who_got_the_seat(school, students):
    service.enroll(school_class=school.school_class, students=students, waitlist=True)
    assert service.drop(enrollment=school.enrollment) == students[1]
    school.enrollment.refresh_from_db()
    assert school.enrollment.status == "dropped"
    assert school.enrollment.completion_date is not None
    with pytest.raises(service.Refused, match="not active"):
        service.drop(enrollment=school.enrollment)


def test_a_drop_is_undone_while_there_is_a_seat(school, students):
    service.drop(enrollment=school.enrollment)
    service.undo_drop(enrollment=school.enrollment)
    assert active(school.school_class) == {"Student"}
    service.drop(enrollment=school.enrollment)
    service.enroll(school_class=school.school_class, students=students[:2])
    with pytest.raises(service.Refused, match="full"):
        service.undo_drop(enrollment=school.enrollment)


def test_moving_leaves_the_old_place_to_the_queue(school, students):
    made, other = school.school_class, school.other_class
    service.enroll(school_class=made, students=students, waitlist=True)
    service.move(enrollment=school.enrollment, to=other)
    assert active(other) == {"Other_Student", "Student"}
    assert active(made) == {"New 0", "New 1"}
    assert waiting(made) == ["New 2"]


def test_moving_into_a_full_class_waits_there_and_stays_here(school):
    SchoolClass.objects.filter(pk=school.other_class.pk).update(capacity=1)
    with pytest.raises(service.Refused, match="full"):
        service.move(enrollment=school.enrollment, to=school.other_class)
    outcome = service.move(enrollment=school.enrollment, to=school.other_class, waitlist=True)
    assert outcome.waiting == [school.student]
    assert active(school.school_class) == {"Student"}


def test_moving_to_where_one_is_enrolled(school):
    service.enroll(school_class=school.other_class, students=[school.student])
    with pytest.raises(service.Refused, match="enrolled in"):
        service.move(enrollment=school.enrollment, to=school.other_class)


def test_withdrawing_twice(school, students):
    service.enroll(school_class=school.school_class, students=students, waitlist=True)
    entry = WaitlistEntry.objects.get(student=students[1])
    service.withdraw(entry=entry)
    assert waiting(school.school_class) == ["New 2"]
    with pytest.raises(service.Refused, match="not wait"):
        service.withdraw(entry=entry)


# A pasted list ----------------------------------------------------------------------------------


def test_a_list_is_read_however_it_was_copied(school, students):
    text = "New 0 <N0@example.com>\r\nnew 1\n1002; n0@example.com\tNwe 1,"
    names = [line.student and line.student.name for line in people_list.read(text)]
    assert names == ["New 0", "New 1", "New 2", "New 0", None]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("teacher@school-a.example", "Teacher is not a student."),
        ("n2@example.com", "New 2 is suspended."),
        ("New", "Several people are called so; choose one, or use the e-mail address."),
        ("nobody@example.com", "Nobody was found."),
    ],
)
def test_a_line_that_means_nobody_says_why(school, students, text, problem):
    User.objects.filter(pk=students[2].pk).update(status="suspended")
    User.objects.filter(pk__in=[s.pk for s in students[:2]]).update(name="New")
    assert [line.problem for line in people_list.read(text)] == [problem]


def test_similar_names_are_offered(school, students):
    assert people_list.read("Nwe 1")[0].similar[0].person.name.startswith("New ")


@pytest.mark.parametrize("text", ["zoe WISNIEWSKA", "Zoë Wiśniewska", "10042"])
def test_a_line_is_found_without_accents_and_by_a_number(school, students, text):
    User.objects.filter(pk=students[0].pk).update(
        name="Zoë Wiśniewska", metadata={"student_number": 10042}
    )
    assert [line.student for line in people_list.read(text)] == students[:1]


@pytest.mark.parametrize("text", ["wisniew", "n0@exam", "+44 20 7946 0018"])
def test_who_a_part_of_a_line_finds_is_only_offered(school, students, text):
    User.objects.filter(pk=students[0].pk).update(name="Zoë Wiśniewska", phone="020 7946 0018")
    (line,) = people_list.read(text)
    assert line.student is None
    assert [suggestion.person for suggestion in line.similar] == students[:1]


def test_suggestions_distinguish_people_of_the_same_name(school, students):
    User.objects.filter(pk__in=[s.pk for s in students[:2]]).update(name="New")
    User.objects.filter(pk=students[0].pk).update(metadata={"birth_date": "2012-05-03"})
    User.objects.filter(pk=students[1].pk).update(
        email="x@no-email.invalid", metadata={"birth_date": "2012-05-04"}
    )
    service.enroll(school_class=school.school_class, students=students[1:2])
    (line,) = people_list.read("new")
    assert {str(suggestion) for suggestion in line.similar} == {
        "New (n0@example.com, born 3 May 2012)",
        f"New ({school.school_class.name}, born 4 May 2012)",
    }


def test_who_cannot_join_is_not_offered(school, students):
    User.objects.filter(pk__in=[s.pk for s in students]).update(name="New")
    User.objects.filter(pk=students[2].pk).update(status="suspended")
    (line,) = people_list.read("New")
    assert {suggestion.person for suggestion in line.similar} == set(students[:2])


def test_another_schools_people_are_nobody(cast, school):
    assert people_list.read(cast.b.student.email)[0].problem == "Nobody was found."


def test_who_leaves_before_the_first_day_leaves_on_it(school):
    """Nobody's place ends before it began."""
    first = school.tenant.today() + timedelta(days=7)
    Enrollment.objects.filter(pk=school.enrollment.pk).update(enrollment_date=first)
    service.drop(enrollment=school.enrollment)
    school.enrollment.refresh_from_db()
    assert (school.enrollment.status, school.enrollment.completion_date) == ("dropped", first)
