"""The pages of bank statements: upload, columns, review; for whom, and what they refuse."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.rls import tenant_context
from finance.models import BankStatement, BankTransaction, ClosedMonth, Payment
from finance.services import bank_statements, payments
from tests.factories import finance
from tests.factories.files import signed_in
from tests.finance.bank.test_camt import detail, document, entry
from tests.finance.bank.test_mt940 import TEXT as MT940

pytestmark = pytest.mark.django_db
CSV = """Date,Name,Description,Amount
2026-03-05,Anna,Invoice BANK-0001,10.00
2026-03-06,Bob,x,-3.00
"""
CHOSEN = {
    "column_0": "booking_date", "column_1": "party", "column_2": "message", "column_3": "amount",
    "account": "DE02 1203", "date_order": "dmy", "encoding": "utf-8-sig", "delimiter": ",",
}  # fmt: skip


@pytest.fixture
def office(cast):
    return signed_in(cast.a, cast.a.admin)


@pytest.fixture
def bank_invoice(cast):
    with in_office(cast):
        return finance.invoice(student=cast.a.student, invoice_number="BANK-0001")


def in_office(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


def upload(client, content, name="bank.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(reverse("admin:bank_upload"), {"file": SimpleUploadedFile(name, data)})


def imported(client, content=CSV, **changed):
    """Upload a table and say what its columns mean; return the last response."""
    columns = upload(client, content)["Location"]
    return client.post(columns, CHOSEN | changed)


def text_of(response):
    return response.content.decode()


def messages_of(client, response):
    page = client.get(response["Location"])
    return [str(message) for message in page.context["messages"]]


PAGES = {"bank_upload": None, "bank_statement": "bank_statement"}
POSTED = {"bank_line_ignore": "bank_transaction", "bank_line_reopen": "bank_transaction"}


@pytest.mark.parametrize("name", [*PAGES, *POSTED])
def test_the_office_has_the_pages_and_nobody_else(cast, name):
    row = (PAGES | POSTED)[name]
    address = reverse(f"admin:{name}", args=[getattr(cast.a, row).pk] if row else [])
    for role, statuses in {
        "admin": (200, 302),
        "bursar": (200, 302),
        "registrar": (403,),
        "teacher": (403,),
        "student": (302, 403),
        "guardian": (302, 403),
    }.items():
        client = signed_in(cast.a, getattr(cast.a, role))
        response = (client.post if name in POSTED else client.get)(address)
        assert response.status_code in statuses, (name, role)


@pytest.mark.parametrize("name", ["bank_statement", *POSTED])
def test_another_schools_rows_are_missing(office, cast, name):
    row = getattr(cast.b, (PAGES | POSTED)[name])
    response = (office.post if name in POSTED else office.get)(
        reverse(f"admin:{name}", args=[row.pk])
    )
    assert response.status_code == 404


def test_an_upload_of_somebody_else_is_missing(cast, office):
    columns = upload(office, CSV)["Location"]
    for school in (cast.a, cast.b):
        other = signed_in(school, school.admin if school is cast.b else school.outsider)
        assert other.get(columns).status_code in (403, 404)
    assert office.get(reverse("admin:bank_columns", args=[uuid4()])).status_code == 404


def test_columns_are_proposed_and_the_choice_is_remembered(office, cast):
    columns = upload(office, CSV)["Location"]
    form = office.get(columns).context["form"]
    assert form.guessed == {
        "Date": "booking_date",
        "Name": "party",
        "Description": "message",
        "Amount": "amount",
    }
    assert office.post(columns, CHOSEN | {"column_2": "more"}).status_code == 302
    with in_office(cast):
        kept = bank_statements.remembered()
    assert (kept.columns["Description"], kept.account) == ("more", "DE021203")
    again = office.get(upload(office, CSV + "2026-03-07,C,y,1\n")["Location"]).context["form"]
    assert again.guessed["Description"] == "more"
    assert again["account"].value() == "DE021203"


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"column_0": ""}, None, "Say which column holds the day."),
        ({"column_3": ""}, None, "Say which column holds the amount."),
        ({"column_2": "party"}, "column_2", "“Name” means Name already."),
        ({"column_2": "nonsense"}, "column_2", "Select a valid choice."),
        ({"account": ""}, "account", "This field is required."),
        ({"date_order": "x"}, "date_order", "Select a valid choice."),
        ({"column_0": "message", "column_2": "booking_date"}, None, "is not a date."),
    ],
)
def test_wrong_columns_are_answered_by_a_sentence(office, changed, field, sentence):
    page = imported(office, **changed)
    assert page.status_code == 400
    errors = page.context["form"].errors[field or "__all__"]
    assert sentence in " ".join(errors)


def test_another_separator_is_tried_first(office):
    columns = upload(office, CSV.replace(",", ";"))["Location"]
    response = office.post(columns, CHOSEN | {"delimiter": "|"})
    assert response.status_code == 302
    again = office.get(response["Location"])
    assert again.context["form"].initial["delimiter"] == "|"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (document(entry(details=detail("BANK-0001"))), "a.xml"),
        (MT940.encode(), "a.sta"),
    ],
)
def test_files_that_say_what_they_mean_are_imported_at_once(office, cast, content, name):
    response = upload(office, content, name)
    with in_office(cast):
        statement = BankStatement.objects.get(filename=name)
        assert response["Location"] == reverse("admin:bank_statement", args=[statement.pk])
    assert messages_of(office, response)[0].endswith(("1 new line.", "3 new lines."))


def test_the_same_file_adds_nothing(office, cast):
    first, again = imported(office), upload(office, CSV)
    assert again["Location"] == first["Location"]
    assert messages_of(office, again)[-1] == "This file was imported already. Nothing was added."
    other = imported(office, CSV + "2026-03-07,Carl,y,4.00\n")
    assert "2 lines were imported before and are not taken twice." in messages_of(office, other)
    with in_office(cast):
        assert BankTransaction.objects.filter(account="DE021203").count() == 3


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ("", "a.csv", "The file is empty."),
        ("<a>", "a.xml", "not correct XML"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.png", "not a CSV file"),
        (document(entry()).replace(b'"EUR"', b'"XQQ"'), "a.xml", "three capital letters"),
        (document(entry("1.001")), "a.xml", "too many digits"),
    ],
)
def test_files_that_cannot_be_read_are_answered_at_the_field(office, content, name, sentence):
    page = upload(office, content, name)
    assert page.status_code == 400
    assert sentence in " ".join(page.context["form"].errors["file"])


def test_no_file_is_answered_at_the_field(office):
    page = office.post(reverse("admin:bank_upload"), {})
    assert page.context["form"].errors["file"] == ["Choose a file first."]


@pytest.fixture
def statement(office, cast, bank_invoice):
    """The address of the review of an imported file."""
    return imported(office)["Location"]


def line_of(cast):
    with in_office(cast):
        return BankTransaction.objects.get(message="Invoice BANK-0001")


def send(office, statement, line, invoice="", **more):
    data = {"line": [line.pk], f"invoice-{line.pk}": invoice, "token": str(uuid4())}
    return office.post(statement, data | more)


def test_a_line_is_reviewed_and_posted(office, cast, statement, bank_invoice):
    page = office.get(statement)
    [row] = page.context["rows"]
    assert (row["is_ticked"], row["chosen"]) == (True, bank_invoice.pk)
    assert "85 of 100: its number is in the text, the amount" in " ".join(text_of(page).split())
    form = {"line": [row["review"].line.pk], "token": str(page.context["token"])}
    form[f"invoice-{row['review'].line.pk}"] = str(bank_invoice.pk)
    response = office.post(statement, form)
    assert messages_of(office, response) == ["1 payment was recorded."]
    assert messages_of(office, office.post(statement, form)) == ["These lines were posted already."]
    with in_office(cast):
        [payment] = Payment.objects.filter(payment_method="bank_transfer")
        assert (payment.invoice, payment.payment_date) == (bank_invoice, date(2026, 3, 5))
    link = reverse("admin:finance_payment_change", args=[payment.pk])
    assert link in text_of(office.get(f"{statement}?list=posted"))
    with in_office(cast):
        payments.take_back(payment=payment, reason="a mistake")
    assert len(office.get(statement).context["rows"]) == 1


def test_another_invoice_is_typed(office, cast, statement):
    line = line_of(cast)
    with in_office(cast):
        other = finance.invoice(student=cast.a.other_student, invoice_number="OTHER-9", amount=4)
    page = send(office, statement, line, **{f"number-{line.pk}": "other-8"})
    assert page.status_code == 400
    assert "There is no invoice with this number." in text_of(page)
    assert 'value="other-8"' in text_of(page)
    assert send(office, statement, line, **{f"number-{line.pk}": "other-9"}).status_code == 302
    with in_office(cast):
        payment = Payment.objects.get(payment_method="bank_transfer")
        assert (payment.student, payment.unallocated) == (cast.a.other_student, Decimal("6.00"))
        assert payment.allocations.get().invoice == other


def test_wrong_answers_post_nothing_and_say_why(office, cast, statement, bank_invoice):
    line = line_of(cast)
    assert "Choose an invoice" in text_of(send(office, statement, line))
    assert "Choose an invoice" in text_of(send(office, statement, line, "nonsense"))
    with tenant_context(cast.b.tenant, cast.b.admin):
        theirs = cast.b.invoice.pk
    assert "There is no such invoice." in text_of(send(office, statement, line, str(theirs)))
    nothing = office.post(statement, {"token": str(uuid4())})
    assert messages_of(office, nothing) == ["Tick the lines to post."]
    odd = office.post(statement, {"line": ["x", str(uuid4())], "token": "x"})
    assert odd.status_code == 400
    with in_office(cast):
        ClosedMonth.objects.create(month=date(2026, 3, 1))
    page = send(office, statement, line, str(bank_invoice.pk))
    assert "The books of that month are closed." in text_of(page)
    with in_office(cast):
        assert not Payment.objects.filter(payment_method="bank_transfer").exists()


def test_a_line_is_ignored_and_opened_again(office, cast, statement):
    line = line_of(cast)
    ignore, reopen = (reverse(f"admin:{name}", args=[line.pk]) for name in POSTED)
    blank = office.post(ignore, {"reason": "  "})
    assert messages_of(office, blank)[-1] == (
        "Nothing was changed. Write down why the line is ignored."
    )
    office.post(ignore, {"reason": "A loan"})
    assert office.get(statement).context["page"].object_list.count() == 0
    assert "A loan" in text_of(office.get(f"{statement}?list=ignored"))
    assert messages_of(office, office.post(ignore, {"reason": "again"})) == [
        "Somebody has dealt with this line already."
    ]
    office.post(reopen)
    assert len(office.get(statement).context["rows"]) == 1


def test_money_that_went_out_is_shown_apart(office, statement):
    assert "Bob" in text_of(office.get(f"{statement}?list=out"))
    assert "Bob" not in text_of(office.get(f"{statement}?list=nonsense"))


def test_a_statement_goes_while_nothing_of_it_is_posted(office, cast, statement, bank_invoice):
    with in_office(cast):
        row = BankStatement.objects.get(filename="bank.csv")
    delete = reverse("admin:finance_bankstatement_delete", args=[row.pk])
    send(office, statement, line_of(cast), str(bank_invoice.pk))
    office.post(delete, {"post": "yes"})
    with in_office(cast):
        assert BankStatement.objects.filter(pk=row.pk).exists()
        payment = Payment.objects.get(payment_method="bank_transfer")
        payments.take_back(payment=payment, reason="a mistake")
    office.post(delete, {"post": "yes"})
    with in_office(cast):
        assert not BankStatement.objects.filter(pk=row.pk).exists()
        assert not BankTransaction.objects.filter(message="Invoice BANK-0001").exists()


def test_the_list_says_what_waits(office, cast, statement):
    page = office.get(reverse("admin:finance_bankstatement_changelist"))
    rows = {row.filename: row.open_count for row in page.context["cl"].result_list}
    assert rows == {"bank.csv": 1, "march.csv": 1}


@pytest.mark.parametrize("count", [1, 40])
def test_the_review_takes_as_many_queries_for_many_lines(
    office, cast, count, django_assert_num_queries
):
    with in_office(cast):
        row = finance.bank_statement()
        for number in range(count):
            finance.bank_transaction(statement=row, message=f"q {number}", party="Student")
    address = reverse("admin:bank_statement", args=[row.pk])
    office.get(address)
    with django_assert_num_queries(14):
        assert len(office.get(address).context["rows"]) == count
