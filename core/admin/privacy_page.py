"""The school's settings for privacy: how long what is kept for a time only is kept."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from core import retained
from core.admin import pages, subjects
from core.admin.setting_forms import Kept, SettingsForm, answer
from core.admin.subjects import Subject
from core.http import PersonRequest

subjects.register(
    Subject(
        85,
        "privacy_settings",
        gettext_lazy("Privacy"),
        gettext_lazy("How long data is kept, and what somebody asks to see of their own."),
        "lock",
        [
            (gettext_lazy("People"), "core_user_changelist"),
            (gettext_lazy("Audit trail"), "core_auditlog_changelist"),
        ],
    )
)


class PrivacyForm(SettingsForm):
    """A number for each kind of data; an empty one is the usual time."""

    def __init__(self, data: Any, kept: Kept) -> None:
        super().__init__(data, kept)
        for kind in retained.kinds():
            self.fields[kind.key] = _field(kind)
            self.initial[kind.key] = kept.get(kind.key)


def _field(kind: retained.Kind) -> forms.IntegerField:
    usual = kind.usual()
    rule = _("From %(least)d to %(most)d; %(usual)d where this is empty.")
    bounds = rule % {"least": kind.least, "most": kind.most, "usual": usual}
    return forms.IntegerField(
        label=kind.label,
        required=False,
        min_value=kind.least,
        max_value=kind.most,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"placeholder": usual}),
        help_text=f"{kind.about} {bounds}",
    )


@pages.page("settings/privacy/", "privacy_settings", pages.FORM, admins_only=True)
def privacy_settings(request: PersonRequest) -> HttpResponse:
    """Show and save how long data is kept."""
    return answer(request, "privacy_settings", PrivacyForm, template="core/admin/privacy.html")
