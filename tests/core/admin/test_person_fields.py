"""The pages of the fields, and the record on a person's page, in the list and in the trail."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.constraints import RULES
from core.models import AuditLog, PersonField, Tenant, User
from core.rls import tenant_context
from tests.core.admin.test_refusals import errors, form_data, url
from tests.factories import core
from tests.pages import shown

pytestmark = pytest.mark.django_db

NEW = {
    "role": "student", "label": "Bus line", "kind": "text", "choices": "", "help_text": "",
    "readers": "teachers", "position": "300", "key": "",
}  # fmt: skip


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def as_admin(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield


# --- definitions ----------------------------------------------------------------------------------


def test_the_office_defines_a_field_and_it_gets_a_key(office, cast):
    assert office.post(url(PersonField, "add"), NEW).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        field = PersonField.objects.get(label="Bus line")
        assert (field.key, field.readers, field.is_required) == ("bus_line", "teachers", False)


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"kind": "choice"}, "choices", "check_person_field_choices"),
        ({"choices": "Red\nBlue"}, "choices", "check_person_field_choices"),
        ({"key": "Bus Line"}, "key", "check_person_field_key"),
        ({"key": "club"}, "key", "idx_person_fields_key"),
        ({"label": "CLUB"}, "label", "idx_person_fields_label"),
    ],
)
def test_a_wrong_definition_is_a_sentence_at_its_field(office, change, field, rule):
    answer = office.post(url(PersonField, "add"), NEW | change)
    assert errors(answer) == {field: [str(RULES[rule][1])]}


def test_choices_are_lines_each_once(office, cast):
    data = NEW | {"kind": "choice", "choices": " Red \r\n\r\nDark   blue\r\nRed"}
    assert office.post(url(PersonField, "add"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert PersonField.objects.get(label="Bus line").options == ["Red", "Dark blue"]


def test_the_order_is_changed_in_the_list(office, cast):
    rows = list(office.get(url(PersonField, "changelist")).context["cl"].result_list)
    data = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for number, row in enumerate(rows):
        data |= {f"form-{number}-id": row.pk, f"form-{number}-position": 1000 - number}
    assert office.post(url(PersonField, "changelist"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        students = [row.key for row in rows if row.role == "student"]
        kept = PersonField.objects.filter(role="student").values_list("key", flat=True)
        assert list(kept) == students[::-1]


def test_a_field_in_use_is_archived_instead_and_says_so(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(metadata={"club": "Chess"})
    done = office.post(
        url(PersonField, "delete", cast.a.person_field), {"post": "yes"}, follow=True
    )
    sentence = "People have something in “Club”, so it was archived and nothing is lost."
    assert [str(message) for message in done.context["messages"]] == [sentence]
    office.post(url(PersonField, "delete", cast.a.office_field), {"post": "yes"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        left = PersonField.objects.filter(key__in=["club", "locker"])
        assert list(left.values_list("key", "is_archived")) == [("club", True)]


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
def test_the_fields_are_the_offices_to_define(client, cast, sign_in, who):
    sign_in(client, cast.a, getattr(cast.a, who))
    wanted = 403 if who == "teacher" else 302  # others have no admin pages
    for name in ("changelist", "add"):
        assert client.get(url(PersonField, name)).status_code == wanted


def test_another_schools_field_is_not_there(office, cast):
    assert office.get(url(PersonField, "change", cast.b.person_field)).status_code == 404


# --- the record on a person's page ----------------------------------------------------------------


def test_the_record_is_fields_of_the_form(office, cast, as_admin):
    core.person_field(key="bus", label="Takes the bus", kind="yes_no", readers="teachers")
    core.person_field(key="siblings", label="Siblings", kind="number")
    address = url(User, "change", cast.a.student)
    data = form_data(office, address) | {
        "record_first_name": "Ana", "record_last_name": "Ruiz", "record_birth_date": "3 May 2012",
        "record_gender": "Female", "record_bus": "yes", "record_siblings": "2",
        "record_medical_notes": "Asthma\nInhaler in the office",
    }  # fmt: skip
    assert office.post(address, data).status_code == 302
    student = User.objects.get(pk=cast.a.student.pk)
    assert student.metadata == {
        "first_name": "Ana", "last_name": "Ruiz", "birth_date": "2012-05-03", "gender": "Female",
        "bus": True, "siblings": 2, "medical_notes": "Asthma\nInhaler in the office",
    }  # fmt: skip
    assert student.name == "Ana Ruiz"
    # Sent again as it stands, nothing changes; emptied, it is gone.
    again = form_data(office, address)
    assert (again["record_bus"], str(again["record_birth_date"])) == ("yes", "2012-05-03")
    before = AuditLog.objects.filter(resource_id=student.pk).count()
    assert office.post(address, again).status_code == 302
    assert AuditLog.objects.filter(resource_id=student.pk).count() == before
    office.post(address, again | {"record_bus": "", "record_medical_notes": ""})
    student.refresh_from_db()
    assert {"bus", "medical_notes"} & {*student.metadata} == set()


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("number", "two", "“two” is not a number. Write it like 1250.50 or 1,250.50."),
        ("date", "31.2.2024", "“31.2.2024” is not a date. Write it like"),
        ("choice", "Green", "Select a valid choice."),
        ("yes_no", "perhaps", "Select a valid choice."),
        ("phone", "call me", "Write a phone number:"),
        ("email", "a@b", "Enter a valid email address."),
        ("text", "x" * 501, "Ensure this value has at most 500 characters"),
    ],
)
def test_a_wrong_value_is_a_sentence_at_its_field(office, cast, as_admin, kind, value, sentence):
    choices = "Red\nBlue" if kind == "choice" else ""
    core.person_field(key="thing", label="Thing", kind=kind, choices=choices)
    address = url(User, "change", cast.a.student)
    answer = errors(office.post(address, form_data(office, address) | {"record_thing": value}))
    assert list(answer) == ["record_thing"]
    assert sentence in answer["record_thing"][0]


def test_a_new_student_needs_no_name_but_its_parts(office, cast, as_admin):
    Tenant.objects.filter(pk=cast.a.tenant.pk).update(settings={"student_numbers": "N{number:3}"})
    data = {"role": "student", "name": "", "email": "ana@example.com", "phone": ""}
    answer = errors(office.post(url(User, "add"), data))
    assert answer == {"name": ["Write the name, or a first or last name."]}
    data |= {"record_first_name": "Ana", "record_last_name": "Ruiz"}
    assert office.post(url(User, "add"), data).status_code == 302
    born = User.objects.get(email="ana@example.com")
    assert (born.name, born.student_number) == ("Ana Ruiz", "N001")


def test_the_page_of_a_new_person_has_the_fields_of_the_chosen_role(office):
    def names(query):
        form = office.get(url(User, "add") + query).context["adminform"].form
        return {name for name in form.fields if name.startswith("record_")}

    assert names("") == names("?role=nobody") == set()
    assert "record_subjects" in names("?role=teacher")
    assert {"record_student_number", "record_locker"} <= names("?role=student")


def test_a_number_that_somebody_has_is_refused_at_its_field(office, cast, as_admin):
    User.objects.filter(pk=cast.a.other_student.pk).update(metadata={"student_number": "7"})
    address = url(User, "change", cast.a.student)
    data = form_data(office, address) | {"record_student_number": "7"}
    sentence = str(RULES["idx_users_student_number"][1])
    assert errors(office.post(address, data)) == {"record_student_number": [sentence]}


def test_a_required_field_is_asked_for(office, cast, as_admin):
    PersonField.objects.filter(key="club").update(is_required=True)
    address = url(User, "change", cast.a.student)
    answer = errors(office.post(address, form_data(office, address)))
    assert answer == {"record_club": ["This field is required."]}


def test_two_clerks_do_not_overwrite_each_other(office, cast, as_admin):
    address = url(User, "change", cast.a.student)
    page = office.get(address)
    sent = form_data(office, address) | {
        "record_club": "Chess",
        "_row_version": page.context["adminform"].form.row_version(),
    }
    User.objects.filter(pk=cast.a.student.pk).update(metadata={"club": "Judo"})
    answer = errors(office.post(address, sent))
    assert answer["record_club"] == ["Someone else changed this while you had the page open."]
    # Who sees what the other wrote changes another field, and both stay.
    sent["record_club"] = "Judo"
    assert office.post(address, sent | {"record_seat": "4B"}).status_code == 302
    assert User.objects.get(pk=cast.a.student.pk).metadata == {"club": "Judo", "seat": "4B"}


def test_a_teacher_reads_what_teachers_may_and_changes_nothing(client, cast, sign_in, as_admin):
    metadata = {"club": "Chess", "seat": "4B", "locker": "117"}
    User.objects.filter(pk=cast.a.student.pk).update(metadata=metadata)
    sign_in(client, cast.a, cast.a.teacher)
    page = shown(client.get(url(User, "change", cast.a.student)))
    assert "Chess" in page
    assert "4B" in page
    assert "117" not in page
    assert client.post(url(User, "change", cast.a.student), {}).status_code == 403


# --- found by it, and told of it ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "term", "is_listed"),
    [
        ("admin", "chess", True),
        ("admin", "117", True),
        ("teacher", "4b", True),
        ("teacher", "117", False),
    ],
)
def test_people_are_found_by_what_one_may_read(
    client, cast, sign_in, as_admin, who, term, is_listed
):
    metadata = {"club": "Chess", "seat": "4B", "locker": "117"}
    User.objects.filter(pk=cast.a.student.pk).update(metadata=metadata)
    sign_in(client, cast.a, getattr(cast.a, who))
    rows = client.get(url(User, "changelist"), {"q": term}).context["cl"].result_list
    assert [row.pk for row in rows] == ([cast.a.student.pk] if is_listed else [])


def test_the_trail_names_the_fields(office, cast, as_admin):
    people = User.objects.filter(pk=cast.a.student.pk)
    people.update(metadata={"club": "Chess", "other": {"a": 1}})
    people.update(metadata={"club": "Judo", "seat": "4B", "_imported": {"other": {"a": 2}}})
    log = AuditLog.objects.filter(resource_id=cast.a.student.pk).latest("timestamp")
    page = shown(office.get(url(AuditLog, "change", log)))
    for text in ("Club", "Chess", "Judo", "Seat", "4B", "Other", "a: 1", "a: 2"):
        assert text in page
    assert "_imported" not in page


def test_the_queries_of_a_page_do_not_grow_with_the_fields(office, cast, as_admin):
    address = url(User, "change", cast.a.student)
    office.get(address)

    def count():
        with CaptureQueriesContext(connection) as queries:
            office.get(address)
        return len(queries)

    few = count()
    for _ in range(5):
        core.person_field()
    assert count() == few
