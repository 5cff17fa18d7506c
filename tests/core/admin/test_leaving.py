"""Who is suspended, archived or deleted: what becomes of their places, and of the seats."""

from datetime import date

import pytest
from django.urls import reverse

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from core.models import User
from core.rls import tenant_context
from tests.core.admin.test_refusals import errors, form_data, url

pytestmark = pytest.mark.django_db
ASKED = "Own Class (C1): Student. The seat goes to Waiting, who waits for it."
SENTENCES = ["1 enrollment was ended.", "Waiting got a seat in Own Class (C1)."]


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def queue(cast):
    """The student's class is full, and somebody waits for a seat."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=1)
        waiting = User.objects.create_user("waiting@a.example", name="Waiting", role="student")
        WaitlistEntry.objects.create(school_class=school.school_class, student=waiting)
    return waiting


def places(school):
    """Return {name: status} of the class's enrollments."""
    with tenant_context(school.tenant, school.admin):
        rows = Enrollment.objects.filter(school_class=school.school_class)
        return {row.student.name: row.status for row in rows.select_related("student")}


def status_of(person, school):
    with tenant_context(school.tenant, school.admin):
        row = User.all_objects.get(pk=person.pk)
        return "deleted" if row.deleted_at else row.status


def sentences(response):
    return [str(message) for message in response.context["messages"]]


def hidden(response, **more):
    """Return what the page of the question sends, with an answer."""
    sent = {}
    for name, value in response.context["hidden"]:
        sent.setdefault(name, []).append(value)
    return sent | more


@pytest.fixture
def ask(office, cast, queue):
    """Return a function that asks in one of the ways, and one that answers."""
    person, page = cast.a.student, url(User, "change", cast.a.student)

    def on_the_form(status):
        response = office.post(page, form_data(office, page) | {"status": status})
        return response, lambda **answer: office.post(page, hidden(response, **answer), follow=True)

    def on_the_list(action):
        data = {"action": action, "_selected_action": [person.pk], "index": 0}
        response = office.post(url(User, "changelist"), data)
        answered = data | ({"post": "yes"} if action == "delete_selected" else {"sure": "1"})
        return response, lambda **answer: office.post(
            url(User, "changelist"), answered | answer, follow=True
        )

    def on_the_delete_page():
        address = url(User, "delete", person)
        response = office.get(address)
        return response, lambda **answer: office.post(
            address, {"post": "yes"} | answer, follow=True
        )

    return {
        "suspend": lambda: on_the_form("suspended"),
        "archive": lambda: on_the_form("archived"),
        "suspend many": lambda: on_the_list("suspend_selected"),
        "archive many": lambda: on_the_list("archive_selected"),
        "delete": on_the_delete_page,
        "delete many": lambda: on_the_list("delete_selected"),
    }


WAYS = {
    "suspend": "suspended",
    "archive": "archived",
    "suspend many": "suspended",
    "archive many": "archived",
    "delete": "deleted",
    "delete many": "deleted",
}


@pytest.mark.parametrize("way", WAYS)
def test_it_asks_first_and_names_class_and_successor(ask, cast, way):
    response, _answer = ask[way]()
    assert response.context["consequences"] == [ASKED]
    assert response.content.decode().count(ASKED) == 1
    assert status_of(cast.a.student, cast.a) == "active"
    assert places(cast.a) == {"Student": "active"}


@pytest.mark.parametrize("way", WAYS)
def test_ending_frees_the_seat_and_says_who_moves_up(ask, cast, way):
    _response, answer = ask[way]()
    done = answer(leaving="end")
    assert [text for text in sentences(done) if text in SENTENCES] == SENTENCES
    assert status_of(cast.a.student, cast.a) == WAYS[way]
    assert places(cast.a) == {"Student": "dropped", "Waiting": "active"}


@pytest.mark.parametrize("way", WAYS)
def test_they_can_be_left_as_they_are(ask, cast, way):
    _response, answer = ask[way]()
    answer(leaving="keep")
    assert status_of(cast.a.student, cast.a) == WAYS[way]
    assert places(cast.a) == {"Student": "active"}


def test_nothing_is_asked_where_nothing_ends(office, cast):
    page = url(User, "change", cast.a.outsider)
    sent = form_data(office, page) | {"status": "archived"}
    assert office.post(page, sent).status_code == 302
    assert status_of(cast.a.outsider, cast.a) == "archived"


def test_another_change_of_the_person_asks_nothing(office, cast):
    page = url(User, "change", cast.a.student)
    assert office.post(page, form_data(office, page) | {"phone": "1"}).status_code == 302


def test_who_leaves_too_gets_no_seat(office, cast, queue):
    chosen = [cast.a.student.pk, queue.pk]
    data = {"action": "archive_selected", "_selected_action": chosen, "index": 0}
    asked = office.post(url(User, "changelist"), data).context["consequences"]
    assert asked == ["Own Class (C1): Student. Nobody waits for the seat."]
    office.post(url(User, "changelist"), data | {"sure": "1", "leaving": "end"})
    assert places(cast.a) == {"Student": "dropped"}


def test_a_place_that_begins_later_ends_on_its_first_day(office, cast, queue):
    later = date(2100, 1, 1)
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(enrollment_date=later)
    data = {"action": "archive_selected", "_selected_action": [cast.a.student.pk], "index": 0}
    office.post(url(User, "changelist"), data | {"sure": "1", "leaving": "end"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = Enrollment.objects.get(pk=cast.a.enrollment.pk)
        assert (row.status, row.completion_date) == ("dropped", later)


def test_nobody_archives_themselves(office, cast):
    data = {"action": "archive_selected", "_selected_action": [cast.a.admin.pk], "index": 0}
    office.post(url(User, "changelist"), data | {"sure": "1"})
    assert status_of(cast.a.admin, cast.a) == "active"


def test_a_teacher_lets_nobody_go(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    data = {"action": "archive_selected", "_selected_action": [cast.a.student.pk], "index": 0}
    client.post(url(User, "changelist"), data | {"sure": "1", "leaving": "end"})
    page = url(User, "change", cast.a.student)
    client.post(page, {"status": "archived", "leaving": "end"})
    assert status_of(cast.a.student, cast.a) == "active"
    assert places(cast.a) == {"Student": "active"}


def test_another_schools_student_is_not_there(office, cast):
    page = url(User, "change", cast.b.student)
    assert office.post(page, {"status": "archived"}).status_code == 404


@pytest.mark.parametrize(
    ("page", "field"),
    [("core_user", "role"), ("academics_attendance", "status"), ("academics_assignment", "type")],
)
def test_what_has_no_default_is_chosen_by_the_person(office, page, field):
    address = reverse(f"admin:{page}_add")
    form = office.get(address).context["adminform"].form
    assert (form[field].value(), form.fields[field].required) == (None, True)
    assert next(iter(form.fields[field].choices)) == ("", "Choose…")
    assert errors(office.post(address, form_data(office, address)))[field] == [
        "This field is required."
    ]
