"""A student's absences; guardians report them here, and the office decides."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from academics import absence_words, attendance_settings
from academics.absence_form import AbsenceFields
from academics.models import Absence
from academics.selectors import absences as selectors
from academics.services import absences as service
from academics.services.file_types import FileRefused
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from portal.views.own import own_page, own_url
from portal.views.own_lists import page_of


@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request):
    """Show the student's absences; a guardian can report one."""
    form, status = None, 200
    if request.method == "POST":
        if not request.user.is_guardian:
            raise PermissionDenied
        form = AbsenceFields(request.POST, request.FILES)
        if form.is_valid() and _report(request, form):
            return redirect(own_url(request, "absences"))
        status = 422
    elif request.user.is_guardian and attendance_settings.families_report():
        form = AbsenceFields(initial={"starts_on": today()})
    page = page_of(request, selectors.of_student(request.student))
    for absence in page.object_list:
        absence.period = absence_words.period(absence)
        absence.can_withdraw = (
            absence.status == Absence.Status.REPORTED and absence.reported_by_id == request.user.pk
        )
    context = {"form": form, "page": page, "calls": _calls(request)}
    return render(request, "portal/absences.html", context, status=status)


def _calls(request):
    """Return whether families of this school call the office instead of reporting here."""
    return request.user.is_guardian and not attendance_settings.families_report()


def _report(request, form):
    """Report the absence; return whether it worked, with the reasons in the form's errors."""
    try:
        with explained(), transaction.atomic():
            service.report(
                student=request.student,
                details=form.details(),
                upload=form.cleaned_data["file"],
            )
    except FileRefused as error:
        form.add_error("file", str(error))
    except RefusedByDatabase as error:
        field = error.refusal.field
        form.add_error(field if field in form.fields else None, str(error))
    else:
        messages.success(request, _("Thank you. The school's office was told."))
        return True
    return False


@own_page
@require_POST
def withdraw(request, absence_id):
    """Take back what one reported oneself, as long as the office has not decided."""
    if not request.user.is_guardian:
        raise PermissionDenied
    absence = selectors.of_student(request.student).filter(pk=absence_id).first()
    if absence is None:
        raise Http404(_("There is no such absence."))
    if service.withdraw(absence):
        messages.success(request, _("The absence is withdrawn."))
    else:
        messages.error(request, _("The office has decided already. Please call them."))
    return redirect(own_url(request, "absences"))
