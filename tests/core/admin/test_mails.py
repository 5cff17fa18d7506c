"""The office's list of sent mail, and sending again from it and from a guardian's page."""

import pytest
from django.urls import reverse

from core.models import Mail
from core.rls import tenant_context
from tests.factories.mail import queued_mail
from tests.pages import shown

pytestmark = pytest.mark.django_db
LIST = "/admin/core/mail/"


@pytest.fixture
def office(cast, client, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def dialog(client, name, row):
    """Confirm a button, as its dialog does."""
    url = reverse(f"admin:{name}", args=[row.pk])
    return client.post(url, {"_form_submitted": "1"}, headers={"HX-Request": "true"})


def addresses(response):
    return [row.address for row in response.context["cl"].result_list]


def test_the_list_is_filtered_and_searched(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Mail.objects.create(
            address="x@example.com", kind="password_reset", state="sent", recipient=cast.a.teacher
        )
    student = cast.a.student.email
    assert addresses(office.get(LIST)) == ["x@example.com", student]
    assert addresses(office.get(LIST, {"state__exact": "failed"})) == [student]
    assert addresses(office.get(LIST, {"kind": "password_reset"})) == ["x@example.com"]
    assert addresses(office.get(LIST, {"q": "x@example"})) == ["x@example.com"]
    page = office.get(f"{LIST}{cast.a.mail.pk}/change/").content.decode()
    assert "550 no such mailbox" in page


@pytest.mark.parametrize(("count", "said"), [(1, "1 mail"), (3, "3 mails")])
def test_the_list_counts_mails(office, cast, count, said):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Mail.objects.bulk_create(
            Mail(address=f"{n}@example.com", kind="invitation") for n in range(count - 1)
        )
    page = office.get(LIST)
    assert page.context["title"] == "Sent mail"
    assert f">{said}<" in shown(page).replace("> ", ">").replace(" <", "<")


def test_the_action_asks_first_and_names_what_it_cannot_send(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        closed = Mail.objects.create(address="x@example.com", kind="invitation")
    data = {"action": "send_again", "_selected_action": [cast.a.mail.pk, closed.pk]}
    page = office.post(LIST, data)
    assert page.context["title"] == "Send 1 mail again?"
    assert page.context["able"] == [cast.a.mail]
    assert page.context["refused"] == [(closed, "The person's account is closed.")]
    assert queued_mail() == []
    done = office.post(LIST, data | {"confirmed": "yes"}, follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "1 mail is on its way again.",
        f"Left as it was: {closed}: The person's account is closed.",
    ]
    assert len(queued_mail()) == 1


def test_the_button_sends_one_again(office, cast):
    assert dialog(office, "core_mail_send_this_again", cast.a.mail).status_code == 200
    assert len(queued_mail()) == 1
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Mail.objects.count() == 2


def test_another_schools_mail_is_not_there(office, cast):
    assert office.get(f"{LIST}{cast.b.mail.pk}/change/").status_code == 404
    assert dialog(office, "core_mail_send_this_again", cast.b.mail).status_code == 404
    assert queued_mail() == []


def test_only_the_office_has_the_list(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    assert client.get(LIST).status_code == 403
    assert dialog(client, "core_mail_send_this_again", cast.a.mail).status_code == 403


def test_a_guardians_invitation_is_sent_again(office, cast):
    guardian = cast.a.guardian_record
    page = office.get(reverse("admin:core_guardian_change", args=[guardian.pk])).content.decode()
    assert "Send the invitation again" in page
    dialog(office, "core_guardian_send_again", guardian)
    assert len(queued_mail()) == 1
