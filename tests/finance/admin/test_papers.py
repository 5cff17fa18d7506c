"""Papers in the office's pages: downloads, mails, and the settings of what stands on them."""

import io

import pytest
from django.core import mail as outbox
from django.urls import reverse
from pypdf import PdfReader

from core import addresses
from core.models import Guardian, Mail, StudentGuardian, Tenant
from core.rls import tenant_context
from core.services import mail
from exchange.models import Export
from finance.models import CreditNote, Payment, Sponsor
from finance.services import invoices, mailing
from tests.factories.files import signed_in
from tests.factories.mail import queued_mail, send_queued_mail
from tests.finance import online
from tests.finance.conftest import bill, pay

PAPERS = ("invoice", "payment", "creditnote")
MAILED = {"_form_submitted": "1"}


@pytest.fixture
def rows(cast):
    """Return an {invoice, payment, creditnote} of the student of school A."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        invoice = bill(cast.a, "P-1", "1250.00")
        payment = Payment.objects.create(
            invoice=invoice, student=cast.a.student, amount=250, payment_method="cash"
        )
        note = CreditNote.objects.create(invoice=invoice, amount=10, reason="agreed")
        note.refresh_from_db()
    return {"invoice": invoice, "payment": payment, "creditnote": note}


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def text_of(response):
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(b"".join(response))).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def url(name, kind, row):
    return reverse(f"admin:finance_{kind}_{name}", args=[row.pk])


@pytest.mark.parametrize("kind", PAPERS)
def test_each_has_its_pdf(office, rows, kind):
    response = office.get(url("pdf_one", kind, rows[kind]))
    assert ".pdf" in response["Content-Disposition"]
    assert "P-1" in text_of(response)


@pytest.mark.parametrize("kind", PAPERS)
def test_who_has_no_business_with_money_gets_none(client, cast, sign_in, rows, kind):
    client = sign_in(client, cast.a, cast.a.teacher)
    assert client.get(url("pdf_one", kind, rows[kind])).status_code == 403
    client = sign_in(client, cast.b, cast.b.admin)
    assert client.get(url("pdf_one", kind, rows[kind])).status_code == 404
    answer = client.post(url("mail_one", kind, rows[kind]), MAILED, headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert queued_mail() == []


@pytest.mark.parametrize("kind", PAPERS)
def test_the_list_hands_over_one_file(office, cast, rows, kind):
    data = {"action": "pdf", "_selected_action": [rows[kind].pk]}
    response = office.post(reverse(f"admin:finance_{kind}_changelist"), data)
    assert "P-1" in text_of(response)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Export.objects.filter(kind="money_papers", row_count=1).count() == 1


def test_the_list_mails_them(office, cast, rows):
    with tenant_context(cast.a.tenant, cast.a.admin):
        draft = bill(cast.a, None)
    data = {"action": "mail_selected", "_selected_action": [rows["invoice"].pk, draft.pk]}
    page = office.post(reverse("admin:finance_invoice_changelist"), data)
    assert page.context["title"] == "Mail 1 paper?"
    assert page.context["refused"] == [(draft, "It is a draft: issue it first.")]
    list_url = reverse("admin:finance_invoice_changelist")
    done = office.post(list_url, data | {"confirmed": "yes"}, follow=True)
    assert "1 mail is on its way." in [str(message) for message in done.context["messages"]]
    assert send_queued_mail() == 1
    [sent] = outbox.outbox
    assert sent.to == [cast.a.guardian.email]
    assert sent.subject == "Invoice P-1 from School A"
    assert "Still to pay: 990.00 USD" in sent.body
    [(name, pdf, content_type)] = sent.attachments
    assert (name, content_type) == ("invoice-p-1.pdf", "application/pdf")
    assert "1,250.00 USD" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = Mail.objects.get(kind=mailing.KIND)
        assert (row.state, row.recipient_id) == ("sent", cast.a.guardian.pk)


@pytest.mark.parametrize("kind", PAPERS)
def test_the_page_mails_one(office, rows, kind):
    address = url("mail_one", kind, rows[kind])
    assert office.post(address, MAILED, headers={"HX-Request": "true"}).status_code == 200
    assert send_queued_mail() == 1
    assert len(outbox.outbox) == 1


def test_a_guardian_without_an_account_and_a_sponsor_are_written_to(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        aunt = Guardian.objects.create(name="Aunt", email="aunt@example.com")
        sponsor = Sponsor.objects.create(name="Good Works", email="pay@works.example")
        rows = [
            bill(cast.a, "A-1", payer_guardian=aunt),
            bill(cast.a, "A-2", payer_sponsor=sponsor),
        ]
        assert mailing.send(rows) == (2, [])
    assert send_queued_mail() == 2
    assert sorted(sent.to[0] for sent in outbox.outbox) == ["aunt@example.com", "pay@works.example"]


def test_who_may_not_see_the_childs_pages_gets_no_mail(cast):
    """With nobody else the student is written to; without an address, nobody."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        StudentGuardian.objects.update(portal_access=False)
        invoice = bill(cast.a, "N-1")
        assert mailing.send([invoice]) == (1, [])
        assert Mail.objects.get(kind=mailing.KIND).recipient_id == cast.a.student.pk
        cast.a.student.status = "suspended"
        cast.a.student.save(update_fields=["status"])
        assert mailing.send([invoice]) == (0, [invoice])


def test_a_mail_that_no_longer_concerns_somebody_is_not_sent(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        aunt = Guardian.objects.create(name="Aunt", email="aunt@example.com")
        link = StudentGuardian.objects.create(student=cast.a.student, guardian=aunt)
        sent, _without = mailing.send([bill(cast.a, "M-1")])
        assert sent == 2
        link.delete()
    send_queued_mail()
    assert [message.to for message in outbox.outbox] == [[cast.a.guardian.email]]
    with tenant_context(cast.a.tenant, cast.a.admin):
        failed = Mail.objects.get(kind=mailing.KIND, address="aunt@example.com")
        assert (failed.state, failed.error) == (
            "failed",
            "This is no longer the person to write to about it.",
        )
        Guardian.objects.filter(pk=aunt.pk).update(email="new@example.com")
        again = mail.send_again(failed)
        assert (again.address, again.recipient) == ("new@example.com", None)
        Guardian.objects.filter(pk=aunt.pk).update(email=None)
        assert mail.refusal(failed) == "There is no e-mail address that it may go to any more."


# --- settings -------------------------------------------------------------------------------------
SETTINGS = {
    "currency": "eur",
    "bank_details": "IBAN DE02",
    "payment_days": "14",
    "tax_number": "",
    "tax_name": "VAT",
    "tax_percent": "7,5",
    "invoice_note": "",
    "invoice_numbers": "",
    "credit_note_numbers": "",
    "payment_methods": "",
}


def settings_of(school):
    with tenant_context(school.tenant, school.admin):
        return Tenant.objects.get(pk=school.tenant.pk).settings


def test_the_settings_are_kept_beside_the_schools_others(office, cast):
    before = settings_of(cast.a)
    address = reverse("admin:money_settings")
    assert office.get(address).status_code == 200
    assert office.post(address, SETTINGS).status_code == 302
    new = {
        "currency": "EUR",
        "bank_details": "IBAN DE02",
        "payment_days": 14,
        "tax_name": "VAT",
        "tax_percent": "7.5",
    }
    assert settings_of(cast.a) == before | new
    assert (
        office.post(address, dict.fromkeys(SETTINGS, "") | {"currency": "USD"}).status_code == 302
    )
    assert settings_of(cast.a) == before | {"currency": "USD"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "euro"),
        ("payment_days", "-1"),
        ("payment_days", "400"),
        ("tax_percent", "101"),
        ("tax_percent", "x"),
    ],
)
def test_wrong_settings_are_said_at_their_field(office, cast, field, value):
    before = settings_of(cast.a)
    response = office.post(reverse("admin:money_settings"), SETTINGS | {field: value})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert settings_of(cast.a) == before


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("INV", "Write # where the number stands, for example YYYY-#####."),
        ("##-YYYY-##", "The number stands in one place: write all # side by side."),
        ("YYYY-YYYY-#", "Write the year once, with four letters: YYYY."),
        ("YY-###", "Write the year once, with four letters: YYYY."),
        ("#" * 41, "Ensure this value has at most 40 characters (it has 41)."),
    ],
)
def test_a_pattern_needs_the_number_once(office, cast, pattern, sentence):
    before = settings_of(cast.a)
    for field in ("invoice_numbers", "credit_note_numbers"):
        response = office.post(reverse("admin:money_settings"), SETTINGS | {field: pattern})
        assert response.status_code == 400
        assert response.context["form"].errors == {field: [sentence]}
    assert settings_of(cast.a) == before


def test_the_page_says_which_number_is_next_and_it_is(office, cast):
    address = reverse("admin:money_settings")
    year = cast.a.tenant.today().year
    assert f"The next number is {year}-0000" in office.get(address).text
    with tenant_context(cast.a.tenant, cast.a.admin):
        bill(cast.a, f"N{year}/0001")  # by hand: passed over
    wanted = SETTINGS | {"invoice_numbers": "NYYYY/####", "credit_note_numbers": "C##"}
    assert office.post(address, wanted).status_code == 302
    page = office.get(address)
    said = page.context["form"].fields["invoice_numbers"].help_text
    with tenant_context(cast.a.tenant, cast.a.admin):
        draft = bill(cast.a, None, issue_date=cast.a.tenant.today())
        invoices.issue([draft])
        draft.refresh_from_db()
        note = CreditNote.objects.create(invoice=draft, amount=1, reason="x")
        note.refresh_from_db()
    assert f"The next number is {draft.invoice_number}." in said
    assert draft.invoice_number.startswith(f"N{year}/000")
    assert note.credit_note_number == "C01"


def test_own_ways_of_paying_are_names_and_keep_their_codes(office, cast):
    address = reverse("admin:money_settings")
    office.post(address, SETTINGS | {"payment_methods": "Lunch card\n\n  Sea   shells "})
    own = {"lunch-card": "Lunch card", "sea-shells": "Sea shells"}
    assert settings_of(cast.a)["payment_methods"] == own
    assert "Lunch card\nSea shells" in office.get(address).text
    with tenant_context(cast.a.tenant, cast.a.admin):
        Payment.objects.create(
            student=cast.a.student, amount=5, payment_method="lunch-card",
            payment_date=cast.a.tenant.today(),
        )  # fmt: skip
    refused = office.post(address, SETTINGS | {"payment_methods": "Sea shells"})
    assert refused.context["form"].errors == {
        "payment_methods": ["Payments were made by “Lunch card”: it stays in the list."]
    }
    office.post(address, SETTINGS | {"payment_methods": "lunch card\nPearls"})
    assert settings_of(cast.a)["payment_methods"] == {
        "lunch-card": "lunch card", "pearls": "Pearls",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cash", "“cash” is there already."),
        ("Card", "“Card” is there already."),
        ("Pearls\npearls", "“pearls” stands there twice."),
        ("!!!", "Write “!!!” with letters."),
        ("x" * 51, "“xxxxxxxxxxxxxxxxxxxx…” is longer than 50 characters."),
        ("\n".join(f"Way {n}" for n in range(21)), "At most 20 ways of paying."),
    ],
)
def test_a_way_of_paying_that_cannot_be_is_said(office, cast, text, sentence):
    before = settings_of(cast.a)
    response = office.post(reverse("admin:money_settings"), SETTINGS | {"payment_methods": text})
    assert response.status_code == 400
    assert response.context["form"].errors == {"payment_methods": [sentence]}
    assert settings_of(cast.a) == before


def test_teachers_have_no_settings_for_money(client, cast, sign_in):
    client = sign_in(client, cast.a, cast.a.teacher)
    assert client.get(reverse("admin:money_settings")).status_code == 403


def test_a_mailed_invoice_says_where_to_pay_it_online(cast):
    """Only who has a page of the invoice gets the link, and while there is something to pay."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        aunt = Guardian.objects.create(name="Aunt", email="aunt@example.com")
        rows = [bill(school, "L-1"), bill(school, "L-2", payer_guardian=aunt)]
        rows.append(bill(school, "L-3", amount=5))
        pay(rows[2], "5")
        mailing.send(rows[:1])
    send_queued_mail()
    assert "online" not in outbox.outbox.pop().body
    online.set_up(school)
    with tenant_context(school.tenant, school.admin):
        mailing.send(rows)
    send_queued_mail()
    own = reverse("child_invoice", args=[school.student.pk, rows[0].pk])
    links = {
        mail.subject.split()[1]: [line for line in mail.body.splitlines() if "online" in line]
        for mail in outbox.outbox
    }
    assert links == {
        "L-1": [f"Pay it online: {addresses.site_url(school.host)}{own}"],
        "L-2": [],
        "L-3": [],
    }
    page = signed_in(school, school.guardian).get(own)
    assert "online" in page.content.decode()
