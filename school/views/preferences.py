"""What a person chooses for themselves, whatever the role (core.preferences)."""

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from core import preferences
from core.models import User
from portal.views.home import STARTS


class PreferencesForm(forms.Form):
    """How pages look, how long lists are, and the page that comes after signing in."""

    theme = forms.ChoiceField(
        label=gettext_lazy("Colours"),
        choices=preferences.THEMES,
        help_text=gettext_lazy("On every device you sign in on."),
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Tables and lists"),
        choices=preferences.DENSITIES,
    )
    rows = forms.TypedChoiceField(
        label=gettext_lazy("Rows on a page of a list"), choices=preferences.ROWS, coerce=int
    )
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"),
        required=False,
        help_text=gettext_lazy("The page that opens after you sign in."),
    )

    def __init__(self, *args, starts, has_lists, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_lists:
            del self.fields["rows"]
        if starts:
            self.fields["start"].choices = starts
        else:
            del self.fields["start"]


class PreferencesView(LoginRequiredMixin, FormView):
    """One's own preferences; `site` is the school's admin site, None on the platform."""

    site = None
    form_class = PreferencesForm
    template_name = "school/preferences.html"
    extra_context = {"title": gettext_lazy("Preferences")}

    def get_form_kwargs(self):
        user = self.request.user
        return super().get_form_kwargs() | {"starts": self._starts(), "has_lists": user.is_staff}

    def get_initial(self):
        chosen = self.request.user.chosen
        return vars(chosen) | {"theme": chosen.theme or "auto"}

    def _starts(self):
        if not self.request.user.is_staff:
            return [("", _("Today")), *STARTS.items()]
        if self.site is None:
            return []
        first, *groups = self.site.start_pages(self.request)
        return [("", first[1][0][1]), *groups]

    def form_valid(self, form):
        chosen = preferences.Preferences(**form.cleaned_data)
        # Not request.user's value: another tab may have kept something there since.
        user = User.objects.select_for_update().get(pk=self.request.user.pk)
        user.preferences = preferences.merged(user.preferences, chosen)
        user.save(update_fields=["preferences"])
        messages.success(self.request, _("Your preferences are saved."))
        return redirect("home")
