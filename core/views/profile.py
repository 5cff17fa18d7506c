"""One's own details: what the policies let everybody change of themselves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import UpdateView

from core import records
from core.forms.accounts import ProfileForm
from core.http import PersonRequest
from core.models import User


class ProfileView(LoginRequiredMixin, UpdateView):
    """Change one's own phone number and picture, whatever the role; an admin also the name."""

    request: PersonRequest
    form_class = ProfileForm
    template_name = "registration/profile.html"
    success_url = reverse_lazy("home")
    extra_context = {"title": gettext_lazy("My details")}

    def get_object(self, queryset: QuerySet[User] | None = None) -> User:
        # Not request.user: a refused form would leave its values in the page's header.
        return User.objects.get(pk=self.request.user.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show what one may read of one's own record, and a guardian of the children's.

        It is the office's to change.
        """
        people = [self.object]
        if self.object.is_guardian:
            people += User.objects.students().order_by("sort_name", "id")  # the policies: children
        kept = [(person, lines) for person in people if (lines := records.lines(person))]
        return super().get_context_data(**kwargs) | {"records": kept}

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        form.instance.save(update_fields=form.changed_data)
        messages.success(self.request, _("Your details are saved."))
        return redirect(self.success_url)
