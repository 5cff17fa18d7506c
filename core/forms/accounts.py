"""Forms of signing in, and of one's own details."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from core.models import User
from core.services import calendar_feeds


class SignInForm(AuthenticationForm):
    """E-mail and password; says no more than that the two do not belong together."""

    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together."),
        "inactive": _("This e-mail address and password do not belong together."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autofocus": True, "autocomplete": "username", "maxlength": 255}
        )


class ForgottenPasswordForm(forms.Form):
    """Asks for the address that a link is sent to."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=255,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class ChangePasswordForm(PasswordChangeForm):
    """Another password; a calendar address that somebody may know as well is offered to change."""

    new_calendar_address = forms.BooleanField(
        label=_("Make a new calendar address, too"),
        required=False,
        initial=True,
        help_text=_("Whoever has the present one sees your timetable, whatever your password is."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if not calendar_feeds.has_one(user=user):
            del self.fields["new_calendar_address"]


class ProfileForm(forms.ModelForm):
    """What everybody may change of themselves; the database refuses the rest.

    The name is a field for admins only: it is what the school reports and bills a person by.
    """

    avatar_url = forms.URLField(
        label=_("Picture (URL)"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = User
        fields = ["name", "phone", "avatar_url"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_admin:
            self.fields["name"].widget.attrs["autocomplete"] = "name"
        else:
            del self.fields["name"]
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"

    def clean_avatar_url(self) -> str | None:
        return self.cleaned_data["avatar_url"] or None
