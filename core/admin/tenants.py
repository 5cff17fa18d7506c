"""The school itself: its name, contact and settings, and the host names it answers to."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core import paper, reading, records
from core.admin import pages
from core.admin.base import ReadOnlyAdmin, SchoolModelAdmin
from core.admin.fields import GradingScaleField, TimeZoneField
from core.forms.fields import CurrencyField
from core.http import PersonRequest
from core.models import Domain, Tenant
from core.services import logo, person_fields

SETTINGS = (
    "timezone",
    "currency",
    "date_order",
    paper.SETTING,
    "default_capacity",
    "grading_scale",
    records.NAME_STYLE,
    records.NUMBER_PATTERN,
)


class SchoolForm(forms.ModelForm):
    """The school's settings (tenants.settings) as fields; other keys of the column are kept."""

    timezone = TimeZoneField(label=_("Time zone"))
    currency = CurrencyField(
        label=_("Currency"),
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Use three letters, for example USD."))],
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For new invoices: three letters, for example USD."),
    )
    date_order = forms.ChoiceField(
        label=_("Dates with slashes"),
        choices=[
            (reading.DAY_FIRST, _("The day first: 28/11/2026")),
            (reading.MONTH_FIRST, _("The month first: 11/28/2026")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("How typed dates are read. Dates are always shown with the month as a word."),
    )
    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=paper.CHOICES,
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Of PDF files: reports, report cards and transcripts."),
    )
    default_capacity = forms.IntegerField(
        label=_("Capacity of a new class"),
        min_value=1,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    grading_scale = GradingScaleField(
        label=_("Grading scale"),
        required=False,
        help_text=_(
            "Each grade with the lowest percentage that earns it; the lowest grade starts at 0."
            " Leave the table empty for A to F by the usual scale. A change works out everyone's"
            " current grade again."
        ),
    )

    display_name = forms.ChoiceField(
        label=_("Names are made of"),
        choices=[
            ("", _("First and last name")),
            (records.PREFERRED, _("Preferred name, else the first, and last name")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Of people with a first or last name in their record."),
    )
    student_numbers = forms.CharField(
        label=_("Student numbers"),
        max_length=50,
        required=False,
        validators=[
            RegexValidator(
                r"^[^{}]*(\{year\}[^{}]*)?\{number(:\d)?\}[^{}]*$",
                _("Write {number} once, like {year}-{number:4} for 2026-0001."),
            )
        ],
        widget=UnfoldAdminTextInputWidget(),
        help_text=_(
            "What a new student's number is made like where none is typed, such as"
            " {year}-{number:4}. Empty: numbers are typed by hand."
        ),
    )

    new_logo = forms.FileField(
        label=_("New logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(
            attrs={"accept": "image/png,image/jpeg,image/webp", "data-max-bytes": logo.MAX_BYTES}
        ),
        help_text=_("For report cards. PNG, JPEG or WebP, at most 2 MB."),
    )
    remove_logo = forms.BooleanField(
        label=_("Remove the logo"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    class Meta:
        model = Tenant
        fields = ["name", "contact_email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.settings or {}
        defaults = {"timezone": "UTC", "currency": "USD", "default_capacity": 20}
        defaults["date_order"] = reading.DAY_FIRST
        defaults["paper"] = paper.DEFAULT
        for name in SETTINGS:
            self.initial[name] = kept.get(name, defaults.get(name))

    def clean_new_logo(self) -> bytes | None:
        """Return the picture as PNG bytes, ready to be kept."""
        upload = self.cleaned_data.get("new_logo")
        return logo.shrink(upload) if upload else None

    def clean(self) -> dict[str, Any] | None:
        kept = self.instance.settings or {}
        # Saved as they stand, time zone and currency are chosen: a new school's first steps.
        chosen = [name for name in ("timezone", "currency") if name not in kept]
        changed = [name for name in SETTINGS if name in [*self.changed_data, *chosen]]
        if changed and not self.errors:
            kept = dict(self.instance.settings or {})
            kept |= {name: self.cleaned_data[name] for name in changed}
            filled = {name: value for name, value in kept.items() if value not in (None, "")}
            self.instance.settings = filled
            self.also_changed = {"settings"}
        return super().clean()

    def keep_logo(self) -> None:
        """Keep or remove the logo as the form says; to be called just before saving."""
        png = self.cleaned_data.get("new_logo")
        if png or self.cleaned_data.get("remove_logo"):
            logo.keep(self.instance, png)
            self.also_changed = {"settings"}


@admin.register(Tenant)
class TenantAdmin(SchoolModelAdmin):
    """One's own school. (Creating and closing schools is the platform's.)"""

    form = SchoolForm
    list_display = ["name", "subdomain", "contact_email", "status"]
    list_display_links = ["name"]
    ordering = ["name", "id"]
    sortable_by: Sequence[str] = []
    readonly_fields = ["subdomain", "status", "shown_logo"]
    fieldsets = [
        (None, {"fields": ["name", "contact_email", ("subdomain", "status")]}),
        (
            _("Settings"),
            {
                "fields": [
                    ("timezone", "currency"),
                    ("date_order", "paper"),
                    "default_capacity",
                    ("display_name", "student_numbers"),
                    "grading_scale",
                ]
            },
        ),
        (_("Logo"), {"fields": ["shown_logo", "new_logo", "remove_logo"]}),
    ]

    own_pages = [("logo/", "logo", pages.READ)]

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        return Tenant.objects.filter(pk=request.tenant.pk)

    @staticmethod
    def logo_view(request: PersonRequest) -> HttpResponse:
        """Hand over the school's logo to its staff."""
        png = logo.read(request.tenant)
        if png is None:
            raise Http404(gettext("The school has no logo."))
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
        return HttpResponse(png, content_type="image/png", headers=headers)

    @display(description=_("logo"))
    def shown_logo(self, obj: Tenant) -> str:
        if logo.read(obj) is None:
            return gettext("None yet")
        template = '<img src="{}" alt="{}" class="school-logo">'
        return format_html(template, reverse("admin:core_tenant_logo"), obj.name)

    def save_model(
        self, request: PersonRequest, obj: Tenant, form: SchoolForm, change: bool
    ) -> None:
        form.keep_logo()
        super().save_model(request, obj, form, change)
        if records.NAME_STYLE in form.changed_data:
            person_fields.rename_people(
                before=form.initial.get(records.NAME_STYLE),
                after=form.cleaned_data[records.NAME_STYLE],
            )


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    """The school's host names; the platform changes them."""

    list_display = ["domain", "is_primary"]
    ordering = ["domain", "id"]
    sortable_by: Sequence[str] = []
    fields = ["domain", "is_primary"]
