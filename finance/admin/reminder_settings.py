"""The stages of reminders: days, texts and fees, and whether they leave by themselves."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core import offices
from core.admin import pages
from core.forms import fields
from core.http import PersonRequest
from core.numbers import decimals
from finance import stages
from finance.services import settings


def _known_words(text: str) -> None:
    if unknown := stages.unknown_words(text):
        known = ", ".join(f"{{{word}}}" for word in stages.WORDS)
        raise ValidationError(
            _("%(unknown)s stands for nothing; these do: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": known}
        )


class StageForm(forms.Form):
    """One stage; without days and texts it is none."""

    days = forms.IntegerField(
        label=gettext_lazy("Days after the due date"),
        min_value=1,
        max_value=stages.MOST_DAYS,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=200,
        validators=[_known_words],
        widget=UnfoldAdminTextInputWidget(),
    )
    message = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4000,
        validators=[_known_words],
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )
    late_fee = fields.DecimalField(
        label=gettext_lazy("Late fee"),
        required=False,
        min_value=0,
        max_digits=10,
        help_text=gettext_lazy("In the school's currency, by an invoice of its own. Empty: none."),
    )
    remove = forms.BooleanField(
        label=gettext_lazy("Remove this stage"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    def __init__(self, *args: Any, currency: str = "USD", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = decimals(currency)

    def clean_late_fee(self) -> Any:
        fee = self.cleaned_data["late_fee"]
        if fee and fee != round(fee, self.places):
            raise ValidationError(_("This currency has no such amount."))
        return fee


class BaseStages(forms.BaseFormSet):
    """Stages in the order of their days."""

    def clean(self) -> None:
        if any(self.errors):
            return
        days = [row["days"] for row in self.rows()]
        if days != sorted(set(days)):
            raise ValidationError(_("Each stage comes more days after the due date than the last."))

    def rows(self) -> list[dict[str, Any]]:
        """Return the stages as the settings hold them."""
        data = [form.cleaned_data for form in self.forms if form.cleaned_data]
        return [
            {
                "days": row["days"],
                "subject": row["subject"],
                "message": row["message"],
                "late_fee": str(row["late_fee"]) if row["late_fee"] else None,
            }
            for row in data
            if not row["remove"]
        ]


StageFormSet: Any = forms.formset_factory(
    StageForm, formset=BaseStages, extra=1, max_num=stages.MOST, absolute_max=stages.MOST
)


class WhenForm(forms.Form):
    """Whether reminders leave by themselves."""

    automatic = forms.BooleanField(
        label=gettext_lazy("Send reminders by themselves when their turn comes"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )


@pages.page(
    "money/reminders/settings/", "reminder_settings", pages.FORM, roles=offices.MONEY_OFFICE
)
def reminder_settings(request: PersonRequest) -> HttpResponse:
    """Show and save the stages."""
    data = request.POST or None
    when = WhenForm(data, initial={"automatic": stages.are_automatic()})
    rows = StageFormSet(
        data,
        prefix="stages",
        initial=[
            vars(stage) | {"late_fee": stage.late_fee or None} for stage in stages.of_school()
        ],
        form_kwargs={"currency": request.tenant.currency},
    )
    if request.method == "POST" and all([when.is_valid(), rows.is_valid()]):
        automatic = when.cleaned_data["automatic"]
        settings.save(request.tenant, {stages.KEY: {"automatic": automatic, "stages": rows.rows()}})
        messages.success(request, _("The reminders were saved."))
        return redirect("admin:reminder_settings")
    status = 400 if data is not None else 200
    context = {"when": when, "rows": rows, "words": stages.WORDS.items()}
    title = _("Reminders: texts and stages")
    return pages.show(request, "finance/reminder_settings.html", title, context, status=status)
