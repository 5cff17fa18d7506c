"""The statement of account of a student or a family."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from core import offices
from core.admin import pages
from core.defaults import today
from core.forms import fields
from core.http import PersonRequest
from core.models import User
from finance.admin import papers
from finance.selectors import statement
from finance.services import statement_mail

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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", _("It is before the first day."))
        return cleaned


def _student(request: PersonRequest, student_id: UUID) -> User:
    """Return the student of the page, for those whose work money is."""
    if not request.user.has_perm("finance.view_invoice"):
        raise PermissionDenied
    student: User | None = User.objects.students().filter(pk=student_id).first()
    if student is None:
        raise Http404(_("There is no such student."))
    return student


@pages.page("statements/<uuid:student_id>/", "statement", roles=offices.MONEY_OFFICE)
def show(request: PersonRequest, student_id: UUID) -> HttpResponse:
    """Show what a student or family owed, was billed and paid in a period, to print."""
    student = _student(request, student_id)
    usual = {"first": today() - YEAR, "last": today(), "family": True}
    form = PeriodForm(request.GET if "first" in request.GET else None, initial=usual)
    period = form.cleaned_data if form.is_valid() else None if form.is_bound else usual
    context: dict[str, Any] = {"student": student, "form": form, "period": period}
    if period is not None:
        context |= {
            "accounts": statement.accounts(
                student, period["first"], period["last"], of_family=period["family"]
            ),
            "query": _query(period),
            "may_mail": request.user.has_perm("finance.add_payment"),
        }
    title = _("Statement of %(name)s") % {"name": student.name}
    return pages.show(request, "finance/statement.html", title, context)


def _query(period: dict[str, Any]) -> str:
    values = {"first": period["first"].isoformat(), "last": period["last"].isoformat()}
    return urlencode(values | ({"family": "on"} if period["family"] else {}))


@pages.page("statements/<uuid:student_id>/pdf/", "statement_pdf", roles=offices.MONEY_OFFICE)
def as_pdf(request: PersonRequest, student_id: UUID) -> HttpResponse:
    """Hand over the statement of the period in the address."""
    student = _student(request, student_id)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return _back(request, student)
    period = form.cleaned_data
    return papers.pdf_download(
        statement_mail.attachment(
            student, period["first"], period["last"], of_family=period["family"]
        )
    )


@pages.page(
    "statements/<uuid:student_id>/mail/", "statement_mail", pages.POST, roles=offices.MONEY_OFFICE
)
def by_mail(request: PersonRequest, student_id: UUID) -> HttpResponse:
    """Mail the statement of the period in the address."""
    student = _student(request, student_id)
    if not request.user.has_perm("finance.add_payment"):
        raise PermissionDenied
    form = PeriodForm(request.GET)
    if form.is_valid():
        period = form.cleaned_data
        sent = statement_mail.send(
            student, period["first"], period["last"], of_family=period["family"]
        )
        _say(request, sent)
    return _back(request, student)


def _say(request: PersonRequest, sent: int) -> None:
    if sent:
        text = ngettext("%d mail is on its way.", "%d mails are on their way.", sent)
        messages.success(request, text % sent)
    else:
        messages.warning(
            request,
            _("No guardian with an e-mail address may see the pages of all who stand on it."),
        )


def _back(request: PersonRequest, student: User) -> HttpResponse:
    """Return to the page, which says what is wrong with the period."""
    address = reverse("admin:statement", args=[student.pk])
    return redirect(f"{address}?{request.GET.urlencode()}")
