"""The school's settings for money: what stands on papers, days to pay, numbers, ways of paying."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import offices
from core.admin import pages, subjects
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject
from core.defaults import today
from core.forms import fields
from core.http import PersonRequest
from core.models import Tenant
from finance.admin.method_field import MethodsField
from finance.papers import details
from finance.selectors import numbering
from finance.services import invoices, settings

PAYMENT_DAYS = "payment_days"
subjects.register(
    Subject(
        60,
        "money_settings",
        gettext_lazy("Money"),
        gettext_lazy(
            "Currency, bank details, days to pay, tax, numbers of invoices, and ways of paying."
        ),
        "payments",
        [
            (gettext_lazy("Reminders: texts and stages"), "reminder_settings"),
            (gettext_lazy("Online payment"), "online_payment"),
            (gettext_lazy("Fees"), "finance_fee_changelist"),
        ],
    )
)
NUMBERS = {"invoice_numbers": "invoice", "credit_note_numbers": "credit_note"}


def _text(rows: int) -> forms.Widget:
    return UnfoldAdminTextareaWidget(attrs={"rows": rows})


class PatternField(forms.CharField):
    """A pattern of numbers; says what the next number is."""

    def __init__(self, kind: str, usual: str, **options: Any) -> None:
        super().__init__(
            required=False,
            max_length=numbering.LONGEST,
            validators=[numbering.validate],
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": usual}),
            **options,
        )
        self.kind, self.usual = kind, usual

    def explain(self, pattern: str) -> None:
        """Say below the field which number comes next, by a pattern or the usual one."""
        following = numbering.next_number(self.kind, pattern or self.usual, today())
        self.help_text = _(
            "YYYY is the year, with which numbers begin anew, and # the number, with zeros in front"
            " as wide as there are #. Empty: %(usual)s. The next number is %(next)s."
        ) % {"usual": self.usual, "next": following}


class PapersForm(SettingsForm):
    """What stands on papers; an empty field removes its key."""

    currency = fields.CurrencyField(
        label=gettext_lazy("Currency"),
        validators=[
            RegexValidator(r"^[A-Z]{3}$", gettext_lazy("Use three letters, for example USD."))
        ],
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Of new invoices: three letters, for example USD."),
    )
    bank_details = forms.CharField(
        label=gettext_lazy("Bank details"),
        required=False,
        max_length=1000,
        widget=_text(4),
        help_text=gettext_lazy(
            "As they are to stand below “How to pay”; the invoice's number is added as the"
            " reference."
        ),
    )
    payment_days = forms.IntegerField(
        label=gettext_lazy("Days to pay"),
        required=False,
        min_value=0,
        max_value=invoices.MAX_DAYS,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("From the day of issue; 30 where this is empty."),
    )
    tax_number = forms.CharField(
        label=gettext_lazy("Tax number"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
    )
    tax_name = forms.CharField(
        label=gettext_lazy("Name of the tax"),
        required=False,
        max_length=50,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For example VAT."),
    )
    tax_percent = fields.DecimalField(
        label=gettext_lazy("Tax in percent"),
        required=False,
        min_value=0,
        max_value=details.MOST_PERCENT,
        max_digits=6,
        decimal_places=3,
        help_text=gettext_lazy("Amounts include it. Empty: no tax is shown."),
    )
    invoice_note = forms.CharField(
        label=gettext_lazy("Note on every invoice"),
        required=False,
        max_length=1000,
        widget=_text(3),
    )
    invoice_numbers = PatternField(
        "invoice", "YYYY-#####", label=gettext_lazy("Numbers of invoices")
    )
    credit_note_numbers = PatternField(
        "credit_note", "CN-YYYY-####", label=gettext_lazy("Numbers of credit notes")
    )
    payment_methods = MethodsField(label=gettext_lazy("Other ways of paying"), required=False)

    defaults = {"currency": Tenant.USUAL_CURRENCY}

    def __init__(self, data: Any, kept: dict[str, Any]) -> None:
        super().__init__(data, kept)
        for name in NUMBERS:
            pattern = self.data.get(name) if self.is_bound else self.initial.get(name)
            field: Any = self.fields[name]
            field.explain(_usable(pattern))

    def values(self) -> dict[str, Any]:
        """Return {key: value} as the settings hold them; None where there is none."""
        percent = self.cleaned_data[details.TAX_PERCENT]
        return super().values() | {details.TAX_PERCENT: str(percent) if percent else None}


def _usable(pattern: object) -> str:
    """Return a pattern that can be shown at work; "" for another."""
    try:
        numbering.validate(str(pattern or ""))
    except forms.ValidationError:
        return ""
    return str(pattern)[: numbering.LONGEST].replace("\x00", "")


@pages.page("money/settings/", "money_settings", pages.FORM, roles=offices.MONEY_OFFICE)
def money_settings(request: PersonRequest) -> HttpResponse:
    """Show and save the settings."""
    template = "finance/money_settings.html"
    return answer(request, "money_settings", PapersForm, save=settings.save, template=template)
