"""The school's settings in one place: the list of subjects, and the subjects that are core's."""

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import records
from core.admin import pages, subjects
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject
from core.http import PersonRequest
from core.services import mail, person_fields

subjects.register(
    Subject(
        10,
        "school_settings",
        _("School"),
        _(
            "Name, address, telephone, e-mail, principal with signature, logo, and the paper that"
            " you print on."
        ),
        "school",
        [(_("Host names"), "core_domain_changelist")],
    ),
    Subject(
        50,
        "numbering_settings",
        _("Names and numbers"),
        _("How names are shown, and how student numbers are made."),
        "badge",
    ),
    Subject(
        70,
        "core_personfield_changelist",
        _("Fields of people"),
        _("What you keep of students, teachers, guardians and admins, and who may read it."),
        "list_alt",
    ),
    Subject(
        80,
        "message_settings",
        _("Messages"),
        _("The name that mail comes from, and what stands below it."),
        "outgoing_mail",
        [(_("Sent mail"), "core_mail_changelist")],
    ),
)


@pages.page("settings/", "settings", admins_only=True)
def settings(request: PersonRequest) -> HttpResponse:
    """List the subjects."""
    context = {"subjects": subjects.every()}
    return pages.show(request, "core/admin/all_settings.html", _("Settings"), context)


@pages.page("settings/school/", "school_settings", admins_only=True)
def school_settings(request: PersonRequest) -> HttpResponse:
    """Lead to the page of the school itself (core.admin.tenants)."""
    return redirect("admin:core_tenant_change", request.tenant.pk)


class NumberingForm(SettingsForm):
    """How people are called, and the numbers of new students."""

    display_name = forms.ChoiceField(
        label=_("Names are made of"),
        choices=[
            ("", _("First and last name")),
            (records.PREFERRED, _("Preferred name, else the first, and last name")),
        ],
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_(
            "Of people with a first or last name in their record. A change renames them at once,"
            " but for names that were typed by hand."
        ),
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

    def rename(self) -> None:
        """Make the names of people anew where the way of making them was changed."""
        if records.NAME_STYLE in self.changed_data:
            person_fields.rename_people(
                before=self.initial.get(records.NAME_STYLE),
                after=self.cleaned_data[records.NAME_STYLE],
            )


@pages.page("settings/numbering/", "numbering_settings", pages.FORM, admins_only=True)
def numbering_settings(request: PersonRequest) -> HttpResponse:
    """Show and save how people are called and numbered."""
    return answer(request, "numbering_settings", NumberingForm, after=NumberingForm.rename)


class MessagesForm(SettingsForm):
    """Who mail comes from, and what stands below it."""

    mail_sender = forms.CharField(
        label=_("Sender's name"),
        max_length=mail.LONGEST_SENDER,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("The name before the address that mail comes from. Empty: the school's name."),
    )
    mail_footer = forms.CharField(
        label=_("Text below every mail"),
        max_length=mail.LONGEST_FOOTER,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=_(
            "For example: who to call with questions, and when. Answers go to the school's own"
            " e-mail address."
        ),
    )


@pages.page("settings/messages/", "message_settings", pages.FORM, admins_only=True)
def message_settings(request: PersonRequest) -> HttpResponse:
    """Show and save what all mail has in common."""
    return answer(request, "message_settings", MessagesForm)
