"""Leaving school: what will happen, then in one step; and coming back."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms import fields
from core.models import User
from school.services import leaving

MOST = 200  # students at once


class LeaveForm(forms.Form):
    """The last day at the school, and why."""

    day = fields.DateField(
        label=gettext_lazy("Last day at the school"), widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget
    )

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day > today():
            raise forms.ValidationError(
                _("This day is still to come. Until then the student has lessons.")
            )
        if day.year < 1900:
            raise forms.ValidationError(_("The days must lie between the years 1900 and 9000."))
        return day


@pages.page("students/leave/", "student_leave", pages.FORM, roles=offices.PEOPLE_OFFICE)
def leave(request):
    """Say what leaving brings about for the students of the address (?student=), and do it."""
    students = _students(request.GET.getlist("student"))
    form = LeaveForm(request.POST or None, initial={"day": today()})
    if request.method == "POST" and form.is_valid() and _leave(request, students, form):
        if len(students) == 1:
            return redirect("admin:student_profile", students[0].pk)
        return redirect("admin:students")
    day = form.cleaned_data.get("day") if form.is_bound and form.is_valid() else None
    context = {
        "form": form,
        "students": students,
        "consequences": leaving.consequences(
            students, day or today(), with_money=request.user.is_money_office
        ),
    }
    count = len(students)
    title = ngettext("%(n)d student leaves school", "%(n)d students leave school", count)
    status = 400 if form.errors else 200
    template = "school/leaving/leave.html"
    return pages.show(request, template, title % {"n": count}, context, status=status)


def _students(keys):
    """Return the active students with these ids, by name; Http404 if there are none."""
    ids = []
    for key in keys[:MOST]:
        try:
            ids.append(UUID(key))
        except ValueError:
            raise Http404(_("There is no such student.")) from None
    people = User.objects.students().exclude(status=User.Status.ARCHIVED).filter(pk__in=ids)
    students = list(people.order_by("sort_name", "id"))
    if not students:
        raise Http404(_("There is no such student, or they have left already."))
    return students


def _leave(request, students, form):
    """Do it; return whether it worked, with the reason in the form's errors."""
    data = form.cleaned_data
    try:
        with explained():
            sentences = leaving.leave(students=students, day=data["day"], reason=data["reason"])
    except RefusedByDatabase as error:
        form.add_error(None, str(error))
        return False
    for sentence in sentences:
        messages.success(request, sentence)
    return True


@pages.page(
    "students/<uuid:student_id>/came-back/", "student_back", pages.POST, roles=offices.PEOPLE_OFFICE
)
def come_back(request, student_id):
    """Take a leaving back."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    if student.status != User.Status.ARCHIVED:
        messages.info(request, _("%(name)s is at the school.") % {"name": student})
    else:
        leaving.come_back(student)
        text = _("%(name)s is back and can sign in. Enroll them in their classes at the desks.")
        messages.success(request, text % {"name": student})
    return redirect("admin:student_profile", student.pk)
