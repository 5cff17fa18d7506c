"""An accepted application becomes a student, in one step and without typing anything again."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from academics.admin.application_pages import ROUTE, the_application
from academics.admission_form import EnrollForm
from academics.models import Application
from academics.services import admission, enrollment
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained


@pages.page(ROUTE + "enroll/", "application_enroll", pages.FORM, roles=offices.PEOPLE_OFFICE)
def enroll(request, application_id):
    """Show what the student will have; POST makes the student."""
    row = the_application(application_id)
    if row.status != Application.Status.ACCEPTED:
        messages.error(request, _("Accept the application first."))
        return redirect("admin:application", row.pk)
    twins = admission.twins(row)
    form = EnrollForm(
        request.POST or None,
        application=row,
        guardians=admission.guardians_known(row),
        twins=twins,
    )
    if request.method == "POST" and form.is_valid() and _enroll(request, row, form):
        return redirect("admin:application", row.pk)
    context = {
        "application": row,
        "form": form,
        "twins": twins,
        "media": forms.Media(AutocompleteDropdownForm.Media),
    }
    status = 400 if form.errors else 200
    title = _("%(name)s becomes a student") % {"name": row}
    template = "academics/applications/enroll.html"
    return pages.show(request, template, title, context, status=status)


def _enroll(request, row, form):
    """Do it; return whether it worked, with the reason in the form's errors."""
    data = form.cleaned_data
    try:
        with explained(), transaction.atomic():
            outcome = admission.enroll(
                application=row,
                email=data["email"],
                record=form.record(),
                family=form.family(),
                classes=data["classes"],
                waitlist=data["waitlist"],
            )
    except RefusedByDatabase as error:
        field = error.refusal.field
        form.add_error(field if field in form.fields else None, error.refusal.message)
        return False
    except enrollment.Refused as error:
        form.add_error("classes", str(error))
        return False
    except admission.NotAccepted as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("%(name)s is a student now.") % {"name": outcome.student})
    for note in outcome.notes:
        messages.success(request, note)
    return True
