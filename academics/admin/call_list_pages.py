"""The calls of a day: who is missing without anybody knowing why, and what a call brought."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics import attendance_settings
from academics.admin.register_pages import chosen_day
from academics.models import AbsenceCall
from academics.selectors import absences as absence_selectors
from academics.selectors import call_list
from academics.services import absences
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms import fields
from core.models import User

Outcome = AbsenceCall.Outcome


class CallForm(forms.Form):
    """What a call brought: nobody answered, an excuse, or none."""

    day = fields.DateField()
    outcome = forms.ChoiceField(choices=Outcome)
    spoken_to = forms.CharField(required=False, max_length=255)
    reason = forms.CharField(required=False, max_length=attendance_settings.LONGEST_REASON)
    until = fields.DateField(label=gettext_lazy("Away until"), required=False)
    note = forms.CharField(required=False, max_length=1000)

    def clean(self):
        data = super().clean()
        if data.get("outcome") == Outcome.EXCUSED and not data.get("reason"):
            self.add_error("reason", _("Choose a reason."))
        return data

    def details(self):
        """Return the absence that the call explains, or None."""
        data = self.cleaned_data
        if data["outcome"] != Outcome.EXCUSED:
            return None
        spoken = data["spoken_to"] and _("Spoken to %(name)s.") % {"name": data["spoken_to"]}
        return absences.Details(
            starts_on=data["day"],
            ends_on=data["until"] or data["day"],
            reason=data["reason"],
            note=" ".join(filter(None, [spoken, data["note"]])),
        )


@pages.page("calls-of-the-day/", "call_list", roles=offices.PEOPLE_OFFICE)
def show_calls(request):
    """Show whom to call, and the calls that were made."""
    asked = request.GET.get("day", "")
    day, wrong = chosen_day(asked)
    rows = call_list.missing_on(day)
    context = {
        "day": day,
        "wrong": wrong and asked,
        "today": today(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "to_call": [row for row in rows if not row.is_spoken_to],
        "spoken_to": [row for row in rows if row.is_spoken_to],
        "calls": call_list.calls_on(day),
        "reasons": attendance_settings.reasons(),
        "undecided": absence_selectors.to_decide().on(day).count(),
    }
    return pages.show(request, "academics/absences/calls.html", _("Calls of the day"), context)


@pages.page(
    "calls-of-the-day/<uuid:student_id>/", "call_note", pages.POST, roles=offices.PEOPLE_OFFICE
)
def note_call(request, student_id):
    """Write down what a call brought."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    form = CallForm(request.POST)
    if not form.is_valid():
        sentences = [sentence for errors in form.errors.values() for sentence in errors]
        messages.error(request, f"{student}: {' '.join(sentences)}")
        return _back(form.cleaned_data.get("day"))
    data = form.cleaned_data
    try:
        with explained():
            absences.note_call(
                student=student,
                day=data["day"],
                outcome=data["outcome"],
                spoken_to=data["spoken_to"],
                note=data["note"],
                details=form.details(),
            )
    except RefusedByDatabase as error:
        messages.error(request, f"{student}: {error}")
    else:
        messages.success(request, _noted(student, data))
    return _back(data["day"])


def _noted(student, data):
    texts = {
        Outcome.EXCUSED: _("%(name)s is excused: %(reason)s."),
        Outcome.NOT_EXCUSED: _("%(name)s: spoken to, not excused."),
        Outcome.NO_ANSWER: _("%(name)s: nobody answered. The student stays on the list."),
    }
    return texts[data["outcome"]] % {"name": student.name, "reason": data["reason"]}


def _back(day):
    query = f"?day={day}" if day and day != today() else ""
    return redirect(reverse("admin:call_list") + query)
