"""The school itself: its name, where it is, its principal, its pictures; and its host names."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core import paper
from core.admin import pages
from core.admin.base import ReadOnlyAdmin, SchoolModelAdmin
from core.http import PersonRequest
from core.models import Domain, Tenant
from core.services import school_pictures
from core.services.school_pictures import LOGO, SIGNATURE

SETTINGS = ("phone", "address", "principal", paper.SETTING)


def _picture(label: Any, help_text: Any) -> forms.FileField:
    attrs = {
        "accept": "image/png,image/jpeg,image/webp",
        "data-max-bytes": school_pictures.MAX_BYTES,
    }
    widget = UnfoldAdminFileFieldWidget(attrs=attrs)
    return forms.FileField(label=label, required=False, widget=widget, help_text=help_text)


def _removal(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget())


class SchoolForm(forms.ModelForm):
    """Some of the school's settings (tenants.settings) as fields; other keys are kept."""

    phone = forms.CharField(
        label=_("Telephone"),
        max_length=50,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Of the office. On papers about money, with the address."),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("On papers about money, line by line."),
    )
    principal = forms.CharField(
        label=_("Principal"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("The name below the signature on report cards and transcripts."),
    )
    paper = forms.ChoiceField(
        label=_("Paper"),
        choices=paper.CHOICES,
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Of PDF files: everything that is printed."),
    )
    new_signature = _picture(
        _("New signature"),
        _(
            "A picture of the principal's signature, best on white or transparent; it stands on"
            " report cards and transcripts. PNG, JPEG or WebP, at most 2 MB."
        ),
    )
    remove_signature = _removal(_("Remove the signature"))
    new_logo = _picture(
        _("New logo"), _("For everything that is printed. PNG, JPEG or WebP, at most 2 MB.")
    )
    remove_logo = _removal(_("Remove the logo"))

    class Meta:
        model = Tenant
        fields = ["name", "contact_email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.settings or {}
        for name in SETTINGS:
            self.initial[name] = kept.get(name)
        self.initial[paper.SETTING] = kept.get(paper.SETTING, paper.DEFAULT)

    def clean_new_logo(self) -> bytes | None:
        return self._png("new_logo")

    def clean_new_signature(self) -> bytes | None:
        return self._png("new_signature")

    def _png(self, name: str) -> bytes | None:
        """Return an uploaded picture as PNG bytes, ready to be kept."""
        upload = self.cleaned_data.get(name)
        return school_pictures.shrink(upload) if upload else None

    def clean(self) -> dict[str, Any] | None:
        changed = [name for name in SETTINGS if name in self.changed_data]
        if changed and not self.errors:
            kept = dict(self.instance.settings or {})
            kept |= {name: self.cleaned_data[name] for name in changed}
            filled = {name: value for name, value in kept.items() if value not in (None, "")}
            self.instance.settings = filled
            self.also_changed = {"settings"}
        return super().clean()

    def keep_pictures(self) -> None:
        """Keep or remove the pictures as the form says; to be called just before saving."""
        for key in school_pictures.KEYS:
            png = self.cleaned_data.get(f"new_{key}")
            if png or self.cleaned_data.get(f"remove_{key}"):
                school_pictures.keep(self.instance, key, png)
                self.also_changed = {"settings"}


@admin.register(Tenant)
class TenantAdmin(SchoolModelAdmin):
    """One's own school. (Creating and closing schools is the platform's.)"""

    form = SchoolForm
    list_display = ["name", "subdomain", "contact_email", "status"]
    list_display_links = ["name"]
    ordering = ["name", "id"]
    sortable_by: Sequence[str] = []
    readonly_fields = ["subdomain", "status", "shown_logo", "shown_signature"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    ("contact_email", "phone"),
                    "address",
                    "paper",
                    ("subdomain", "status"),
                ]
            },
        ),
        (
            _("Principal"),
            {"fields": ["principal", "shown_signature", "new_signature", "remove_signature"]},
        ),
        (_("Logo"), {"fields": ["shown_logo", "new_logo", "remove_logo"]}),
    ]

    change_form_before_template = "core/admin/back_to_settings.html"
    own_pages = [("logo/", "logo", pages.READ), ("signature/", "signature", pages.READ)]

    def response_post_save_change(self, request: PersonRequest, obj: Any) -> HttpResponse:
        return redirect("admin:settings")

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        return Tenant.objects.filter(pk=request.tenant.pk)

    @staticmethod
    def logo_view(request: PersonRequest) -> HttpResponse:
        """Hand over the school's logo to its staff."""
        return _handed_over(request, LOGO)

    @staticmethod
    def signature_view(request: PersonRequest) -> HttpResponse:
        """Hand over the principal's signature to admins."""
        if not request.user.is_admin:
            raise Http404(gettext("There is no such picture."))
        return _handed_over(request, SIGNATURE)

    @display(description=_("logo"))
    def shown_logo(self, obj: Tenant) -> str:
        return _shown(obj, LOGO)

    @display(description=_("signature"))
    def shown_signature(self, obj: Tenant) -> str:
        return _shown(obj, SIGNATURE)

    def save_model(
        self, request: PersonRequest, obj: Tenant, form: SchoolForm, change: bool
    ) -> None:
        form.keep_pictures()
        super().save_model(request, obj, form, change)


def _handed_over(request: PersonRequest, key: str) -> HttpResponse:
    png = school_pictures.read(request.tenant, key)
    if png is None:
        raise Http404(gettext("There is no such picture."))
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    return HttpResponse(png, content_type="image/png", headers=headers)


def _shown(school: Tenant, key: str) -> str:
    if school_pictures.read(school, key) is None:
        return gettext("None yet")
    template = '<img src="{}" alt="{}" class="school-logo">'
    return format_html(template, reverse(f"admin:core_tenant_{key}"), school.name)


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    """The school's host names; the platform changes them."""

    list_display = ["domain", "is_primary"]
    ordering = ["domain", "id"]
    sortable_by: Sequence[str] = []
    fields = ["domain", "is_primary"]
