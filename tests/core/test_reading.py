"""What people type for a day, a time or an amount."""

from datetime import date, time
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from core import reading, rls
from core.admin.base import OptionsMixin
from core.forms import fields
from core.models import Tenant
from core.rls import tenant_context
from finance.models import Invoice
from tests.refusals import refused_by

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 28)


@pytest.fixture
def order(cast):
    """Return a function that chooses how the school reads dates with slashes; in its context."""
    with tenant_context(cast.a.tenant, cast.a.admin):

        def choose(value):
            tenant = rls.current().tenant
            tenant.settings = {**(tenant.settings or {}), "date_order": value}
            Tenant.objects.filter(pk=tenant.pk).update(settings=tenant.settings)

        kept = rls.current().tenant.settings
        yield choose
        rls.current().tenant.settings = kept


@pytest.mark.parametrize(
    "text",
    [
        "28 Nov 2026", "28 november 2026", " 28  Nov 2026 ", "2026-11-28", "28/11/2026",
        "28-11-2026", "28.11.2026", "Nov 28, 2026", "November 28 2026",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(cast, text):
    assert reading.day(text) == DAY


def test_slashes_are_read_by_the_schools_order(order):
    assert reading.day("3/4/2026") == date(2026, 4, 3)
    order("mdy")
    assert reading.day("3/4/2026") == date(2026, 3, 4)
    with pytest.raises(ValueError, match=r"^“28/11/2026” is not a date\. Write it like "):
        reading.day("28/11/2026")
    with refused_by("check_setting_values"):
        order("nonsense")


@pytest.mark.parametrize("text", ["11/28/2026", "28 Nov", "30 Feb 2026", "x" * 100, "28/11/26"])
def test_what_is_no_day_is_answered_with_examples(cast, text):
    with (
        tenant_context(cast.a.tenant, cast.a.admin),
        pytest.raises(ValueError, match="is not a date") as error,
    ):
        reading.day(text)
    assert str(error.value).endswith("like 28 Nov 2026, 28/11/2026 or 2026-11-28.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:30", time(14, 30)),
        ("14:30:15", time(14, 30, 15)),
        ("14.30", time(14, 30)),
        ("2:30 pm", time(14, 30)),
        ("9:05", time(9, 5)),
    ],
)
def test_a_time_is_read(text, expected):
    assert reading.time(text) == expected


def test_what_is_no_time_is_answered_with_an_example():
    with pytest.raises(ValueError, match=r"^“25:00” is not a time\. Write it like 14:30\.$"):
        reading.time("25:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1250", "1250"),
        ("1250.5", "1250.5"),
        ("1,250", "1250"),
        ("1,250.50", "1250.50"),
        ("1.250,50", "1250.50"),
        ("1 250,50", "1250.50"),
        ("1’250.50", "1250.50"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12,50", "12.50"),
        ("-12,5", "-12.5"),
        ("1.250", "1.250"),
        ("0,125", "0.125"),  # nobody writes thousands of nothing
    ],
)
def test_a_number_is_read_with_and_without_separators(text, expected):
    assert reading.number(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["", "x", "1,25,0", "12,34.50", "1.2.3", "1e3", "NaN", "1_000", "1,250.50.1", "--1"]
)
def test_what_is_no_number_is_answered_with_an_example(text):
    with pytest.raises(ValueError, match=r"is not a number\. Write it like 1250\.50 or 1,250\.50"):
        reading.number(text)


# Form fields -------------------------------------------------------------------------------------

KINDS = {
    models.DateTimeField: fields.SplitDateTimeField,
    models.DateField: fields.DateField,
    models.TimeField: fields.TimeField,
    models.DecimalField: fields.DecimalField,
}


def admins():
    """Return every ModelAdmin and inline of a school."""
    for model_admin in admin.site._registry.values():
        yield model_admin
        for inline in model_admin.inlines:
            yield inline(model_admin.model, admin.site)


def test_every_form_of_the_admin_reads_what_is_shown(rf):
    wrong = {
        (type(model_admin).__name__, field.name)
        for model_admin in admins()
        if isinstance(model_admin, OptionsMixin)
        for field in model_admin.opts.concrete_fields
        if type(field) in KINDS and field.editable
        if type(model_admin.formfield_for_dbfield(field, rf.get("/"))) is not KINDS[type(field)]
    }
    assert wrong == set()


def test_a_form_takes_amounts_and_currencies_as_people_write_them(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    response = client.post(
        reverse("admin:finance_invoice_add"),
        {
            "student": cast.a.student.pk,
            "amount": "1,250.50",
            "currency": "usd",
            "issue_date": "28 Nov 2026",
            "due_date": "24/12/2026",
            "description": "typed",
            "lines-TOTAL_FORMS": 0,
            "lines-INITIAL_FORMS": 0,
        },
    )
    assert response.status_code == 302, response.context["errors"]
    with tenant_context(cast.a.tenant, cast.a.admin):
        invoice = Invoice.objects.get(description="typed")
    assert (invoice.amount, invoice.currency) == (Decimal("1250.50"), "USD")
    assert (invoice.issue_date, invoice.due_date) == (DAY, date(2026, 12, 24))


def test_what_cannot_be_read_is_answered_at_its_field(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    data = {"amount": "much", "issue_date": "soon"}
    response = client.post(reverse("admin:finance_invoice_add"), data)
    errors = response.context["adminform"].form.errors
    assert (errors["amount"], errors["issue_date"]) == (
        ["“much” is not a number. Write it like 1250.50 or 1,250.50."],
        ["“soon” is not a date. Write it like 28 Nov 2026, 28/11/2026 or 2026-11-28."],
    )


def test_a_time_is_shown_without_its_seconds_and_keeps_them():
    field = fields.TimeField()
    at = time(14, 30, 15)
    assert field.widget.format_value(at) == "14:30"
    assert [field.has_changed(at, text) for text in ("14:30", "14:31", "14:30:16")] == [
        False,
        True,
        True,
    ]
