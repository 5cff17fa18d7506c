"""The statement of account of a student or a family."""

from datetime import timedelta

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from core.admin import pages
from core.defaults import today
from core.forms import fields
from core.models import User
from finance.selectors import statement

YEAR = timedelta(days=365)


class PeriodForm(forms.Form):
    """From which day to which, and whether brothers and sisters are on it."""

    first = fields.DateField(label=gettext_lazy("From"), widget=UnfoldAdminTextInputWidget())
    last = fields.DateField(label=gettext_lazy("To"), widget=UnfoldAdminTextInputWidget())
    family = forms.BooleanField(
        label=gettext_lazy("The whole family"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("It is before the first day."))
        return cleaned


@pages.page("statements/<uuid:student_id>/", "statement")
def show(request, student_id):
    """Show what a student or family owed, was billed and paid in a period, to print."""
    if not request.user.has_perm("finance.view_invoice"):
        raise PermissionDenied
    student = User.objects.students().filter(pk=student_id).first()
    if student is None:
        raise Http404(_("There is no such student."))
    usual = {"first": today() - YEAR, "last": today(), "family": True}
    form = PeriodForm(request.GET if "first" in request.GET else None, initial=usual)
    period = form.cleaned_data if form.is_valid() else None if form.is_bound else usual
    context = {"student": student, "form": form, "period": period}
    if period is not None:
        context["accounts"] = statement.accounts(
            student, period["first"], period["last"], of_family=period["family"]
        )
    title = _("Statement of %(name)s") % {"name": student.name}
    return pages.show(request, "finance/statement.html", title, context)
