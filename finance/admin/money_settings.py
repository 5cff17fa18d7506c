"""The school's settings for money: what stands on papers, days to pay, numbers, ways of paying."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import offices
from core.admin import pages
from core.defaults import today
from core.forms import fields
from core.http import PersonRequest
from finance.admin.method_field import MethodsField
from finance.papers import details
from finance.selectors import numbering
from finance.services import invoices, settings

PAYMENT_DAYS = "payment_days"
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


class PapersForm(forms.Form):
    """Keys of tenants.settings; an empty field removes its key."""

    address = forms.CharField(
        label=gettext_lazy("Address"), required=False, max_length=500, widget=_text(3)
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            pattern = self.data.get(name) if self.is_bound else self.initial.get(name)
            field: Any = self.fields[name]
            field.explain(_usable(pattern))

    def values(self) -> dict[str, Any]:
        """Return {key: value} as the settings hold them; None where there is none."""
        data = dict(self.cleaned_data)
        percent = data[details.TAX_PERCENT]
        data[details.TAX_PERCENT] = str(percent) if percent else None
        return {name: None if value in ("", {}) else value for name, value in data.items()}


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
    kept = request.tenant.settings or {}
    names = PapersForm.base_fields
    form = PapersForm(request.POST or None, initial={name: kept.get(name) for name in names})
    if request.method == "POST" and form.is_valid():
        settings.save(request.tenant, form.values())
        messages.success(request, _("The settings were saved."))
        return redirect("admin:money_settings")
    status = 400 if form.errors else 200
    context = {"form": form}
    title = _("Settings for money")
    return pages.show(request, "finance/money_settings.html", title, context, status=status)
