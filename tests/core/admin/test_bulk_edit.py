"""Fields of many rows: asked for, looked at, and changed."""

from datetime import date

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME

from academics.models import SchoolClass
from core.admin import bulk_edit
from core.models import AuditLog, PersonField, User
from core.rls import tenant_context
from finance.models import Invoice
from tests.core.admin.test_lists import list_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast, client, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def house(cast):
    """A choice of the students' record."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        return PersonField.objects.create(
            role="student", key="house", label="House", kind="choice", choices="Red\nBlue"
        )


def post(client, rows, step="", **values):
    data = {"action": "bulk_edit", ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    if step:
        data["_step"] = step
    return client.post(list_url(type(rows[0])), data | values, follow=step == "apply")


def sentences(response):
    return [str(message) for message in response.context["messages"]]


def fresh(school, row):
    with tenant_context(school.tenant, school.admin):
        return type(row)._base_manager.get(pk=row.pk)


def test_people_are_changed_after_a_look(office, cast, house):
    a = cast.a
    rows = [a.student, a.other_student, a.teacher]
    asked = post(office, rows)
    assert {f"change-{name}" for name in ("group", house.name)} <= {*asked.context["form"].fields}
    values = {f"change-{house.name}": "on", house.name: "Blue"}
    look = post(office, rows, "preview", **values)
    outcome = look.context["outcome"]
    assert {row.pk: lines for row, lines in outcome.changed} == {
        a.student.pk: [("House (private)", "–", "Blue")],
        a.other_student.pk: [("House (private)", "–", "Blue")],
    }
    assert outcome.refused == {a.teacher: "These people do not have this field."}
    assert "house" not in fresh(a, a.student).metadata
    done = post(office, rows, "apply", **values)
    assert sentences(done) == [
        "2 rows were changed.",
        f"Left as it was: {a.teacher.name}: These people do not have this field.",
    ]
    assert fresh(a, a.student).metadata["house"] == "Blue"
    with tenant_context(a.tenant, a.admin):
        trail = AuditLog.objects.filter(resource_id=a.student.pk).latest("timestamp")
    assert (trail.action, trail.user_id) == ("user_updated", a.admin.pk)
    assert post(office, rows, "preview", **values).context["outcome"].same == 2


def test_students_change_their_homeroom_with_its_year_group(office, cast):
    a = cast.a
    value = {"change-group": "on", "group": f"homeroom:{a.other_homeroom.pk}"}
    look = post(office, [a.student], "preview", **value)
    [(_row, lines)] = look.context["outcome"].changed
    expected = ("Year group or homeroom", a.homeroom.name, a.other_homeroom.name)
    assert lines == [expected]
    post(office, [a.student], "apply", **value)
    assert fresh(a, a.student).year_group_id == a.other_year_group.pk
    post(office, [a.student], "apply", **{"change-group": "on", "group": ""})
    assert fresh(a, a.student).homeroom_id is None
    foreign = {"change-group": "on", "group": f"homeroom:{cast.b.homeroom.pk}"}
    page = post(office, [a.student], "preview", **foreign)
    assert page.context["form"].errors == {"group": ["There is no such year group or homeroom."]}


def test_what_the_database_refuses_is_named_and_the_rest_is_changed(office, cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        SchoolClass.objects.filter(pk=a.other_class.pk).update(start_date=date(2026, 9, 1))
    classes = [a.school_class, a.other_class]
    value = {"change-end_date": "on", "end_date": "2026-06-30"}
    look = post(office, classes, "preview", **value)
    assert [row for row, _lines in look.context["outcome"].changed] == [a.school_class]
    [(refused, reason)] = look.context["outcome"].refused.items()
    assert refused == a.other_class
    assert reason
    post(office, classes, "apply", **value)
    assert fresh(a, a.school_class).end_date == date(2026, 6, 30)
    assert fresh(a, a.other_class).end_date is None


def test_an_issued_invoice_keeps_its_due_date(office, cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        draft = Invoice.objects.create(
            student=a.student, amount=10, issue_date=date(2026, 1, 5), due_date=date(2026, 2, 5)
        )
    value = {"change-due_date": "on", "due_date": "2026-03-01"}
    look = post(office, [draft, a.invoice], "preview", **value)
    assert look.context["outcome"].refused == {a.invoice: "It can no longer be changed."}
    post(office, [draft, a.invoice], "apply", **value)
    assert fresh(a, draft).due_date == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({}, "__all__", "Tick what is to change."),
        ({"change-capacity": "on", "capacity": "x"}, "capacity", "Enter a whole number."),
        ({"change-status": "on", "status": "king"}, "status", None),
        ({"change-term": "on", "term": "x"}, "term", None),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(office, cast, values, field, sentence):
    page = post(office, [cast.a.school_class], "preview", **values)
    errors = page.context["form"].errors
    assert {*errors} == {field}
    if sentence:
        assert errors[field] == [sentence]
    # What is not ticked is not read.
    harmless = {"change-end_date": "on", "end_date": "", "capacity": "x"}
    assert "outcome" in post(office, [cast.a.school_class], "preview", **harmless).context


def test_too_many_rows_are_not_begun(office, cast, monkeypatch):
    monkeypatch.setattr(bulk_edit, "MOST", 1)
    response = post(office, [cast.a.student, cast.a.teacher])
    assert response.status_code == 302
    page = office.get(list_url(User))
    assert "At most 1 rows at once: filter the list first." in page.content.decode()


def test_only_the_office_that_may_change_them_is_offered_it(client, cast, sign_in, house):
    a = cast.a
    sign_in(client, a, a.registrar)
    value = {f"change-{house.name}": "on", house.name: "Red"}
    look = post(client, [a.student, a.admin], "preview", **value)
    assert look.context["outcome"].refused == {a.admin: "You may not change this."}
    for role in ("bursar", "teacher"):
        sign_in(client, a, getattr(a, role))
        assert "bulk_edit" not in client.get(list_url(User)).content.decode()
        post(client, [a.student], "apply", **value)
        assert "house" not in fresh(a, a.student).metadata
