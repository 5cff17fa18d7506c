"""Forms of signing in."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """E-mail and password; says no more than that the two do not belong together."""

    error_messages = {
        "invalid_login": _("This e-mail address and password do not belong together."),
        "inactive": _("This e-mail address and password do not belong together."),
        "too_many": _("Too many attempts. Wait a quarter of an hour, then try again."),
    }

    def __init__(self, *args, **kwargs):
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
