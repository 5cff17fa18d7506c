"""What a form about an absence has in common, in the office and for guardians."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics import attendance_settings
from academics.services import files
from academics.services.absences import Details
from academics.services.file_types import FileRefused
from core.forms import fields

ACCEPT = ".pdf,.doc,.docx,.odt,.txt,.jpg,.jpeg,.png,.heic,.webp,.gif"


def reason_choices(kept: str = "") -> list[tuple[str, str]]:
    """Return the choices of reasons: the school's, and one that is kept already."""
    names = list(dict.fromkeys([*attendance_settings.reasons(), *([kept] if kept else [])]))
    return [("", _("Choose…")), *((name, name) for name in names)]


class AbsenceFields(forms.Form):
    """First and last day, a part of the day, reason, note and file."""

    starts_on = fields.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = fields.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: one day only."),
    )
    starts_at = fields.TimeField(
        label=gettext_lazy("From (time)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
    )
    ends_at = fields.TimeField(
        label=gettext_lazy("Until (time)"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=gettext_lazy("Only for a part of one day, for example an appointment."),
    )
    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    file = forms.FileField(
        label=gettext_lazy("Letter or photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reason_choices()

    def clean_file(self):
        return checked_file(self.cleaned_data.get("file"))

    def clean(self):
        data = super().clean()
        data["ends_on"] = data.get("ends_on") or data.get("starts_on")
        return data

    def details(self) -> Details:
        """Return what was filled in, once it is valid."""
        names = ("starts_on", "ends_on", "starts_at", "ends_at", "reason", "note")
        return Details(**{name: self.cleaned_data[name] for name in names})


def checked_file(upload: File | None) -> File | None:
    """Return an upload that may be kept; raises ValidationError for another one."""
    if upload:
        try:
            files.check_letter(upload)
        except FileRefused as error:
            raise ValidationError(str(error)) from None
    return upload
