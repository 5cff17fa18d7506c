"""The enrollment desk by role, and what it does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from academics.services import enrollment as service
from core.groups import value_of
from core.models import User
from core.rls import tenant_context
from tests.factories import core

pytestmark = pytest.mark.django_db


def address(school_class, action=None, row=None):
    """Return the address of a class's desk, or of one of its actions (on a row)."""
    name = f"enrollment_desk_{action}" if action else "enrollment_desk"
    return reverse(f"admin:{name}", args=[school_class.pk, *([row.pk] if row else [])])


@pytest.fixture
def school(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
    return cast.a


@pytest.fixture
def office(client, school, sign_in):
    sign_in(client, school, school.admin)
    return client


def in_school(school, question):
    with tenant_context(school.tenant, school.admin):
        return question()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("teacher", 200), ("outsider", 404), ("student", 302)]
)
def test_who_sees_the_desk_of_a_class(client, school, sign_in, who, status):
    sign_in(client, school, getattr(school, who))
    assert client.get(address(school.school_class)).status_code == status


def test_another_schools_class_is_not_found(office, cast):
    assert office.get(address(cast.b.school_class)).status_code == 404


def test_a_teacher_looks_on(client, school, sign_in):
    sign_in(client, school, school.teacher)
    page = client.get(address(school.school_class)).content.decode()
    assert "Student" in page
    drop = address(school.school_class, "drop", school.enrollment)
    assert drop not in page
    assert client.get(drop).status_code == 403
    for name in ("preview", "correct", "enroll"):
        assert address(school.school_class, name) not in page
        assert client.post(address(school.school_class, name)).status_code == 403
    for name in ("drop", "undo", "move"):
        page_url = address(school.school_class, name, school.enrollment)
        assert client.post(page_url).status_code == 403


def test_classes_to_choose_from(office, school):
    listed = office.get(reverse("admin:enrollment_desks"), {"term": "", "q": "own"})
    assert [row.name for row in listed.context["page"]] == [school.school_class.name]
    assert office.get(reverse("admin:enrollment_desks"), {"q": "nothing"}).status_code == 200


def test_a_preview_saves_nothing(office, school):
    data = {"pasted": f"{school.other_student.email}\nwho@example.com"}
    response = office.post(address(school.school_class, "preview"), data)
    page = response.content.decode()
    assert "For 1 student there is no seat" in page
    assert "Nobody was found." in page
    assert in_school(school, Enrollment.objects.count) == 2
    assert in_school(school, WaitlistEntry.objects.waiting().count) == 0


def test_who_was_meant_is_clicked(office, school):
    """The click takes the person in place of the line, and keeps the others."""
    person = school.other_student
    typo = f"{person.name}x"
    data = {"pasted": f"{school.student.email}\n{typo}"}
    page = office.post(address(school.school_class, "preview"), data)
    (line,) = page.context["problems"]
    assert [suggestion.person for suggestion in line.similar][0] == person
    assert f'name="meant" value="{person.pk}"' in page.content.decode()
    data = {**data, "meant": str(person.pk), "instead_of": typo}
    page = office.post(address(school.school_class, "preview"), data)
    assert page.context["problems"] == []
    assert page.context["students"] == [person, school.student]
    assert page.context["text"] == school.student.email


@pytest.mark.parametrize("who", ["teacher", "other_school", "word"])
def test_nobody_else_can_be_meant(office, school, cast, who):
    key = {"teacher": school.teacher.pk, "other_school": cast.b.student.pk, "word": "x"}[who]
    data = {"pasted": "x", "meant": str(key), "instead_of": "x"}
    assert office.post(address(school.school_class, "preview"), data).status_code == 404


def test_a_preview_takes_no_free_seat(office, school):
    free = SchoolClass.objects.filter(pk=school.school_class.pk)
    in_school(school, lambda: free.update(capacity=5))
    data = {"pasted": school.other_student.email}
    response = office.post(address(school.school_class, "preview"), data)
    assert response.context["outcome"].enrolled == [school.other_student]
    assert in_school(school, Enrollment.objects.count) == 2


def test_an_empty_choice_is_reported(office, school):
    response = office.post(address(school.school_class, "preview"))
    assert response.status_code == 400
    assert "Choose a student or a group, or paste a list." in response.content.decode()


def test_an_invalid_id_is_reported(office, school):
    preview = address(school.school_class, "preview")
    assert office.post(preview, {"students": "x"}).status_code == 400
    move = address(school.school_class, "move", school.enrollment)
    assert office.post(move, {"to": "x"}).status_code == 400


def test_enrolling_fills_the_queue(office, school):
    data = {"student": [school.other_student.pk], "waitlist": "1"}
    response = office.post(address(school.school_class, "enroll"), data, follow=True)
    assert messages_of(response) == ["1 student waits for a seat."]
    drop = address(school.school_class, "drop", school.enrollment)
    assert drop in office.get(address(school.school_class)).content.decode()
    asked = office.get(drop).content.decode()
    assert "The seat goes to Other_Student" in asked
    response = office.post(drop, follow=True)
    assert messages_of(response) == ["Student is dropped.", "Other_Student got the seat."]
    undo = address(school.school_class, "undo", school.enrollment)
    assert undo in office.get(address(school.school_class)).content.decode()
    assert office.get(undo).status_code == 405
    response = office.post(undo, follow=True)
    assert "is full now" in messages_of(response)[0]


def test_a_list_with_wrong_lines_is_corrected(office, school):
    text = f"{school.other_student.email}\nnobody@nowhere.example"
    page = office.post(address(school.school_class, "preview"), {"pasted": text})
    assert "Correct the list" in page.content.decode()
    data = {"pasted": text, "students": [school.other_student.pk]}
    form = office.post(address(school.school_class, "correct"), data).context["form"]
    assert form["pasted"].value() == text
    assert form["students"].value() == [str(school.other_student.pk)]


def test_moving(office, school):
    move = address(school.school_class, "move", school.enrollment)
    assert move in office.get(address(school.school_class)).content.decode()
    assert "Move Student out of" in office.get(move).content.decode()
    assert office.post(move).status_code == 400
    response = office.post(move, {"to": school.other_class.pk}, follow=True)
    assert messages_of(response) == [f"Student is now in {school.other_class}."]


def test_withdrawing(office, school):
    in_school(
        school,
        lambda: service.enroll(
            school_class=school.school_class, students=[school.other_student], waitlist=True
        ),
    )
    entry = in_school(school, WaitlistEntry.objects.waiting().get)
    withdraw = address(school.school_class, "withdraw", entry)
    assert withdraw in office.get(address(school.school_class)).content.decode()
    assert "Who comes back waits at the end." in office.get(withdraw).content.decode()
    response = office.post(withdraw, follow=True)
    assert messages_of(response) == ["Other_Student does not wait any more."]


@pytest.mark.parametrize("page", ["else/", "enrollments/x/drop/", "waitlist/withdraw/"])
def test_what_nobody_asks_for_is_not_found(office, school, page):
    assert office.post(address(school.school_class) + page).status_code == 404


@pytest.mark.parametrize("name", ["preview", "correct", "enroll"])
def test_looking_at_an_action_does_nothing(office, school, name):
    assert office.get(address(school.school_class, name)).status_code == 405
    assert office.post(address(school.school_class)).status_code == 405


def test_rows_of_another_class_or_school_are_not_found(office, school, cast):
    for row in (school.other_enrollment, cast.b.enrollment):
        assert office.post(address(school.school_class, "drop", row)).status_code == 404
    data = {"student": [cast.b.student.pk]}
    response = office.post(address(school.school_class, "enroll"), data, follow=True)
    assert "not active any more" in messages_of(response)[0]


def test_the_queries_of_a_desk_do_not_grow_with_the_class(office, school):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert office.get(address(school.school_class)).status_code == 200
        return len(queries)

    count()
    first = count()

    def fill():
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=10)
        service.enroll(
            school_class=school.school_class,
            students=[
                User.objects.create_user(f"q{n}@example.com", name=f"Q {n}", role="student")
                for n in range(12)
            ],
            waitlist=True,
        )

    in_school(school, fill)
    assert count() == first


# What a colleague deletes between reading and writing ---------------------------------------------


@pytest.fixture
def meanwhile(monkeypatch):
    """Return a function: what it is given happens when the desk has read and wants its lock."""

    def set_up(deed):
        lock = service.lock

        def late(*classes):
            deed()
            return lock(*classes)

        monkeypatch.setattr(service, "lock", late)

    return set_up


@pytest.mark.parametrize("action", ["drop", "undo", "move"])
def test_an_enrollment_deleted_meanwhile_is_reported(office, school, meanwhile, action):
    if action == "undo":
        in_school(school, lambda: service.drop(enrollment=school.enrollment))
    meanwhile(lambda: Enrollment.objects.filter(pk=school.enrollment.pk).delete())
    page = address(school.school_class, action, school.enrollment)
    response = office.post(page, {"to": school.other_class.pk}, follow=True)
    assert messages_of(response) == ["This enrollment was deleted meanwhile; nothing was changed."]
    elsewhere = Enrollment.objects.filter(student=school.student, school_class=school.other_class)
    assert not in_school(school, elsewhere.exists)


def test_a_class_deleted_meanwhile_is_reported(office, school, meanwhile):
    meanwhile(lambda: SchoolClass.objects.filter(pk=school.other_class.pk).delete())
    move = address(school.school_class, "move", school.enrollment)
    response = office.post(move, {"to": school.other_class.pk}, follow=True)
    assert messages_of(response) == ["This class was deleted meanwhile; nothing was changed."]


def test_a_coming_class_can_be_chosen_and_has_its_first_day(office, school):
    day = school.tenant.today() + timedelta(days=40)
    coming = in_school(
        school,
        lambda: SchoolClass.objects.create(
            name=school.school_class.name, start_date=day, teacher=school.teacher
        ),
    )
    name, label = school.school_class.name, f"from {date_format(day)}"
    field = {"app_label": "academics", "model_name": "enrollment", "field_name": "school_class"}
    options = office.get(reverse("admin:autocomplete"), field | {"term": name}).json()["results"]
    assert sorted(option["text"] for option in options) == sorted(
        [str(school.school_class), f"{name} – {label}"]
    )
    pages = [
        reverse("admin:enrollment_desks") + "?term=",
        address(coming),
        reverse("admin:gradebooks"),
        reverse("admin:copy_assignment", args=[school.assignment.pk]),
        reverse("admin:student_profile", args=[school.student.pk]),
    ]
    in_school(
        school,
        lambda: Enrollment.objects.create(
            student=school.student, school_class=coming, enrollment_date=day
        ),
    )
    assert [office.get(page).content.decode().count(label) for page in pages] == [1] * 5
    profile = office.get(pages[-1]).context
    assert (profile["held"], profile["coming"]) == (1, 1)


def test_everybody_of_a_homeroom_or_year_group_is_previewed(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.registrar)
    with tenant_context(cast.a.tenant, cast.a.admin):
        second = core.user(role="student", email="x@a.example", year_group=cast.a.year_group)
        core.user(role="student", email="y@a.example", homeroom=cast.a.homeroom, status="archived")
    address = reverse("admin:enrollment_desk_preview", args=[cast.a.other_class.pk])
    for group, students in [
        (cast.a.homeroom, {cast.a.student}),
        (cast.a.year_group, {cast.a.student, second}),
    ]:
        page = client.post(address, {"group": value_of(group)})
        assert set(page.context["students"]) == students
    wrong = client.post(address, {"group": value_of(cast.b.homeroom)})
    assert wrong.status_code == 400
    assert wrong.context["form"].errors["group"] == ["There is no such year group or homeroom."]
