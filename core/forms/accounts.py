"""Forms of signing in, and of one's own details."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from core.models import User


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


class ProfileForm(forms.ModelForm):
    """What everybody may change of themselves; the database refuses role, status and e-mail."""

    avatar_url = forms.URLField(
        label=_("Picture (URL)"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = User
        fields = ["name", "phone", "avatar_url"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"

    def clean_avatar_url(self):
        return self.cleaned_data["avatar_url"] or None
