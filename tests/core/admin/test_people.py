"""Soft delete and restore, passwords, history, two people in one form."""

import pytest
from django.core import mail
from django.urls import reverse

from academics.models import Enrollment, SchoolClass
from core import passwords
from core.constraints import RULES
from core.models import AuditLog, Conversation, User
from core.rls import tenant_context
from finance.models import Invoice
from tests.core.admin.test_refusals import errors, form_data, url
from tests.factories import finance
from tests.factories.mail import send_queued_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def people(office, **query):
    return set(office.get(url(User, "changelist"), query).context["cl"].queryset)


def test_deleting_hides_and_restoring_brings_back(office, cast):
    person = cast.a.student
    assert b"restore" in office.get(url(User, "delete", person)).content
    office.post(url(User, "delete", person), {"post": "yes"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert person not in people(office)
        assert people(office, deleted="yes") == {person}
        assert person in people(office, deleted="all")
        assert Enrollment.objects.filter(student=person).exists()
    address = url(User, "change", person)
    data = form_data(office, address) | {"core_user_restore": "1"}
    data |= {
        f"{prefix}-{name}": 0
        for prefix in ("enrollments", "invoices", "classes_taught")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    assert office.post(address, data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert person in people(office)


def test_a_bulk_delete_is_a_soft_one_and_never_of_oneself(office, cast):
    chosen = [cast.a.student.pk, cast.a.teacher.pk]
    data = {"action": "delete_selected", "post": "yes", "_selected_action": chosen}
    assert office.post(url(User, "changelist"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert set(User.all_objects.deleted()) == {cast.a.student, cast.a.teacher}
    assert office.get(url(User, "delete", cast.a.admin)).status_code == 403
    data["_selected_action"] = [cast.a.admin.pk]
    office.post(url(User, "changelist"), data)
    data |= {"action": "restore_selected", "_selected_action": chosen}
    done = office.post(url(User, "changelist") + "?deleted=yes", data, follow=True)
    assert str(list(done.context["messages"])[-1]) == "2 people were restored."
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not User.all_objects.deleted().exists()


def test_restoring_who_is_not_deleted_says_so(office, cast):
    data = {"action": "restore_selected", "_selected_action": [cast.a.student.pk]}
    done = office.post(url(User, "changelist"), data, follow=True)
    sentences = [str(message) for message in done.context["messages"]]
    assert sentences == ["None of the chosen people is deleted."]


def test_restoring_someone_whose_email_was_taken_is_refused(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.student.delete()
        User.objects.create_user(cast.a.student.email, name="Other", role="student")
    data = {"action": "restore_selected", "_selected_action": [cast.a.student.pk], "index": 0}
    response = office.post(url(User, "changelist") + "?deleted=yes", data, follow=True)
    sentences = [str(message) for message in response.context["messages"]]
    assert sentences == [str(RULES["idx_users_tenant_email"][1])]


def test_a_teacher_sees_nothing_deleted(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.school_class.delete()
    sign_in(client, cast.a, cast.a.teacher)
    response = client.get(url(SchoolClass, "changelist"))
    assert response.context["cl"].result_count == 0
    assert client.get(url(SchoolClass, "change", cast.a.school_class)).status_code == 404


SENT = {"_form_submitted": "1"}  # Unfold's own sign that a dialog was filled in


def dialog(person, name):
    return reverse(f"admin:core_user_{name}", args=[person.pk])


def test_setting_a_password(office, cast):
    address = dialog(cast.a.student, "set_password")
    short = office.post(address, SENT | {"password1": "short", "password2": "short"})
    assert b"too short" in short.content
    differs = office.post(address, SENT | {"password1": "a-good-long-one", "password2": "another"})
    assert b"not the same" in differs.content
    both = dict.fromkeys(("password1", "password2"), "a-good-long-one")
    response = office.post(address, SENT | both)
    assert response.url == url(User, "change", cast.a.student)
    with tenant_context(cast.a.tenant, cast.a.admin):
        person = User.objects.get(pk=cast.a.student.pk)
        assert person.check_password("a-good-long-one")
        assert "pbkdf2" not in str(AuditLog.objects.filter(resource_id=person.pk).values_list())


def test_the_password_is_nowhere_on_the_page(office, cast):
    page = office.get(url(User, "change", cast.a.student)).content.decode()
    assert cast.a.student.password not in page
    assert passwords.stored(cast.a.tenant.pk, cast.a.student.pk) not in page


def test_links_are_mailed_to_those_with_an_address(
    office, cast, django_capture_on_commit_callbacks
):
    with tenant_context(cast.a.tenant, cast.a.admin):
        without = User.objects.create_user("x@no-email.invalid", name="Without", role="student")
    data = {
        "action": "send_password_links",
        "_selected_action": [cast.a.student.pk, without.pk],
        "index": 0,
        "confirmed": "yes",
    }
    with django_capture_on_commit_callbacks(execute=True):
        response = office.post(url(User, "changelist"), data, follow=True)
    send_queued_mail()
    assert [message.to for message in mail.outbox] == [[cast.a.student.email]]
    sentences = [str(message) for message in response.context["messages"]]
    assert sentences == ["1 link is on its way.", "Left as it was: Without: No e-mail address."]
    assert b"no e-mail" in office.get(url(User, "changelist")).content


@pytest.mark.parametrize("name", ["set_password", "send_password_link"])
def test_passwords_are_the_offices(client, cast, sign_in, name):
    data = SENT | dict.fromkeys(("password1", "password2"), "a-good-long-one")
    sign_in(client, cast.a, cast.a.teacher)
    assert client.post(dialog(cast.a.student, name), data).status_code == 403
    sign_in(client, cast.a, cast.a.admin)
    client.post(dialog(cast.b.student, name), data)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert User.objects.get(pk=cast.b.student.pk).password == cast.b.student.password
    assert mail.outbox == []


def test_nobody_changes_their_own_role(office, cast):
    address = url(User, "change", cast.a.admin)
    data = form_data(office, address) | {"role": "student", "status": "suspended"}
    office.post(address, data)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.admin.pk).role == "admin"


def test_history_shows_the_audit_trail_to_the_office_only(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(
            teacher=cast.a.outsider, capacity=30
        )
    response = client.get(url(SchoolClass, "history", cast.a.school_class))
    [latest, *_older] = response.context["trail"]
    assert latest.title == "Class changed"
    assert [(c.label, c.before, c.after) for c in latest.changes] == [
        ("Capacity", "20", "30"),
        ("Teacher", "Teacher", "Outsider"),
    ]
    entry = client.get(url(AuditLog, "change", latest.log)).content.decode()
    assert "<del>Teacher</del>" in entry
    assert url(SchoolClass, "change", cast.a.school_class) in entry
    sign_in(client, cast.a, cast.a.outsider)
    response = client.get(url(SchoolClass, "history", cast.a.school_class))
    assert list(response.context["trail"]) == []
    page = response.content.decode()
    assert page.count("kept in the audit trail; ask the office") == 1
    assert "have a change history" not in page


def test_a_history_never_says_that_there_is_none(office, cast):
    """Nothing was ever changed in the pages of the admin, and the trail knows who began it."""
    for row in (cast.a.student, cast.a.school_class, cast.a.invoice):
        response = office.get(url(type(row), "history", row))
        assert len(response.context["trail"]) >= 1
        assert "have a change history" not in response.content.decode()


def test_two_people_in_one_form(office, cast):
    address = url(User, "change", cast.a.student)
    page = office.get(address)
    data = form_data(office, address) | {"phone": "1"}
    data["_row_version"] = page.context["adminform"].form.row_version()
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(phone="2", name="Renamed")
    refused = errors(office.post(address, data))
    assert set(refused) == {"phone", "name", "__all__"}
    # Saving again, from the page that said so, is meant.
    again = office.get(address).context["adminform"].form.row_version()
    assert office.post(address, data | {"_row_version": again}).status_code == 302


def test_only_what_was_changed_is_saved(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        draft = finance.invoice(invoice_number=None, student=cast.a.student)
    address = url(Invoice, "change", draft)
    data = form_data(office, address) | {"description": "New"}
    assert office.post(address, data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        [entry] = AuditLog.objects.filter(action="invoice_updated", resource_id=draft.pk)[:1]
        assert list(entry.changes) == ["description"]


def test_what_no_person_can_read_is_not_on_a_persons_page(office, cast):
    """Data of other systems and of the programs themselves: as JSON it is nobody's to edit."""
    page = office.get(url(User, "change", cast.a.student))
    assert {"metadata", "preferences"} & {*page.context["adminform"].form.fields} == set()
    assert "Further data" not in page.content.decode()


def test_the_menu_has_no_conversations(office):
    """They have no recipient: a message there would reach nobody."""
    assert (
        reverse("admin:core_conversation_changelist") not in office.get("/admin/").content.decode()
    )


def test_a_conversation_is_its_owners(office, cast):
    assert office.post(url(Conversation, "add"), {"title": "T", "message": "Hi"}).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        conversation = Conversation.objects.get(title="T")
        assert conversation.user == cast.a.admin
    office.post(url(Conversation, "change", conversation), {"title": "T", "message": "More"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        conversation.refresh_from_db()
    assert [message["content"] for message in conversation.messages] == ["Hi", "More"]


@pytest.mark.parametrize("lookup", ["password", "password_version", "password_version__regex"])
@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_nobody_is_found_by_their_password(client, cast, sign_in, who, lookup):
    """Neither the list nor its file answers whether a version begins with some characters."""
    office = sign_in(client, cast.a, getattr(cast.a, who))
    with tenant_context(cast.a.tenant, role="admin"):
        beginning = User.objects.get(pk=cast.a.student.pk).password[:12]
    answer = office.get(url(User, "changelist"), {lookup: beginning})
    assert answer.status_code == 400
    export = f"{url(User, 'export')}?{lookup}={beginning}"
    assert office.get(export).status_code == 400
    assert office.post(export, {"file_format": "csv"}).status_code == 302
