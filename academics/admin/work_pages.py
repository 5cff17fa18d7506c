"""Assignments: who handed in, grading it one by one, and copying to other classes."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from academics.admin.copying import CopyForm
from academics.grading import cells
from academics.models import Assignment, Submission
from academics.selectors import documents, gradebook
from academics.selectors import work as selectors
from academics.services import assignments, grades, submissions
from academics.services.file_types import FileRefused
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today

# Filter of the page -> (title, which works).
FILTERS = {
    "": (gettext_lazy("Everybody"), lambda work: True),
    "to_grade": (
        gettext_lazy("To grade"),
        lambda work: work.submission is not None and work.grade is None,
    ),
    "after_grading": (
        gettext_lazy("Handed in after grading"),
        lambda work: work.is_handed_in_after_grading,
    ),
    "late": (
        gettext_lazy("Late"),
        lambda work: work.submission is not None and work.days_late > 0,
    ),
    "missing": (gettext_lazy("Missing"), lambda work: work.is_missing),
    "graded": (gettext_lazy("Graded"), lambda work: work.grade is not None),
}


def get_assignment(assignment_id):
    """Return the assignment; Http404 if it is missing or the person may not see it."""
    assignment = Assignment.objects.select_related("school_class").filter(pk=assignment_id).first()
    if assignment is None:
        raise Http404(_("There is no such assignment."))
    return assignment


@pages.page(
    "assignments/<uuid:assignment_id>/submissions/", "assignment_work", roles=offices.TEACHING
)
def assignment_work(request, assignment_id):
    """Show the work of each student for an assignment."""
    assignment = get_assignment(assignment_id)
    works = selectors.class_works(assignment, today())
    asked = request.GET.get("show", "")
    if asked not in FILTERS:
        raise Http404(_("There is no such page."))
    context = {
        "assignment": assignment,
        "is_given": assignments.is_given(assignment, today()),
        "is_open": assignments.is_open(assignment, today()),
        "given": selectors.given_files(assignment),
        "works": [work for work in works if FILTERS[asked][1](work)],
        "filters": [
            (name, title, sum(map(fits, works)), name == asked)
            for name, (title, fits) in FILTERS.items()
        ],
        "next": next((work for work in works if FILTERS["to_grade"][1](work)), None),
    }
    return pages.show(request, "academics/assignments/assignment.html", assignment.title, context)


# --- one submission -------------------------------------------------------------------------------


class GradingForm(forms.Form):
    """The grade of one submission, as in a cell of the gradebook."""

    grade = forms.CharField(
        label=gettext_lazy("Grade"),
        required=False,
        max_length=cells.LONGEST,
        help_text=gettext_lazy("Points (17, 17/20), 85%, a letter, or * for excused."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "data-work-grade": ""}),
    )
    feedback = forms.CharField(
        label=gettext_lazy("Feedback"),
        required=False,
        max_length=grades.LONGEST_FEEDBACK,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, grade):
        """Return the form with the present grade, or an empty one for None."""
        shown = {"version": gradebook.version(grade)}
        if grade is not None:
            shown |= {
                "grade": cells.write(grade.score, grade.grade, grade.excused),
                "feedback": grade.feedback or "",
            }
        return cls(initial=shown)


@pages.page("grading/<uuid:submission_id>/", "grading", pages.FORM, roles=offices.TEACHING)
def grading(request, submission_id):
    """Show a submission beside the form of its grade; POST saves it and shows the next."""
    submission = (
        Submission.objects.select_related("student", "assignment__school_class")
        .filter(pk=submission_id)
        .first()
    )
    if submission is None:
        raise Http404(_("There is no such submission."))
    assignment = submission.assignment
    handed_in = [w for w in selectors.class_works(assignment, today()) if w.submission]
    places = (i for i, work in enumerate(handed_in) if work.submission.pk == submission.pk)
    place = next(places, None)
    if place is None:  # deleted since it was read
        raise Http404(_("There is no such submission."))
    work = handed_in[place]
    work.files = list(submission.files.all())
    may_grade = grades.may_grade(request.user, assignment.school_class)
    form, status = GradingForm.of(work.grade), 200
    if request.method == "POST":
        if not may_grade:
            raise PermissionDenied
        form = GradingForm(request.POST)
        if form.is_valid() and _save_grade(request, form, work):
            return redirect(_onward(request, handed_in, place))
        status = 422
    context = {
        "assignment": assignment,
        "work": work,
        "form": form,
        "may_grade": may_grade,
        "lines": _lines(submission),
        "text": submissions.text_of(submission),
        "scale": gradebook.scale_of(assignment.school_class).letters,
        "place": place + 1,
        "count": len(handed_in),
        "previous": handed_in[place - 1] if place else None,
        "next": handed_in[place + 1] if place + 1 < len(handed_in) else None,
        "left": sum(w.grade is None and w is not work for w in handed_in),
    }
    title = _("%(student)s – %(assignment)s") % {
        "student": submission.student.name,
        "assignment": assignment.title,
    }
    return pages.show(request, "academics/assignments/grading.html", title, context, status)


def _lines(submission):
    """Return the lines of the submission's data besides its text."""
    content = submission.content
    if isinstance(content, dict):
        content = {key: value for key, value in content.items() if key != "text"}
    elif isinstance(content, str):
        content = None
    return documents.lines(content) + documents.lines(submission.attachments)


def _save_grade(request, form, work):
    """Save the grade; return whether it was saved, with the reasons in the form's errors."""
    entered = grades.Cell(
        work.student.pk,
        work.assignment.pk,
        text=form.cleaned_data["grade"],
        feedback=form.cleaned_data["feedback"].strip(),
        version=form.cleaned_data["version"],
    )
    if not entered.text.strip():
        if entered.feedback:
            form.add_error("grade", _("Give a grade first; the feedback belongs to it."))
            return False
        entered = grades.Cell(*entered.key[::-1], text="", version=entered.version)
    try:
        with explained(), transaction.atomic():
            [outcome] = grades.enter(
                school_class=work.assignment.school_class, entered=[entered], by=request.user
            )
    except RefusedByDatabase as error:
        form.add_error(None, str(error))
        return False
    if outcome.state == grades.CONFLICT:
        form.add_error(None, _conflict(outcome))
        # The person has now seen this version, so sending the form again overwrites it.
        form.data = form.data.copy()
        form.data["version"] = gradebook.version(outcome.grade)
    elif outcome.state == grades.REFUSED:
        form.add_error("grade", outcome.message)
    return outcome.state == grades.SAVED


def _conflict(outcome):
    if outcome.grade is None:
        return _("The grade was removed meanwhile. Nothing was saved; save again to give yours.")
    stands = cells.write(outcome.grade.score, outcome.grade.grade, outcome.grade.excused)
    if outcome.grade.feedback:
        stands = f"{stands} – {outcome.grade.feedback}"
    return _(
        "Changed by %(who)s at %(time)s to: %(grade)s. Nothing was saved; save again to put yours"
        " in its place."
    ) % {
        "who": outcome.by or _("somebody else"),
        "time": date_format(timezone.localtime(outcome.at), "TIME_FORMAT"),
        "grade": stands,
    }


def _onward(request, handed_in, place):
    """Return the address after saving: the next ungraded submission, wrapping at the end."""
    here = handed_in[place]
    if "_next" not in request.POST:
        messages.success(request, _("Saved."))
        return reverse("admin:grading", args=[here.submission.pk])
    waiting = [w for w in handed_in[place + 1 :] + handed_in[:place] if w.grade is None]
    if waiting:
        messages.success(request, _("Saved: %(name)s.") % {"name": here.student.name})
        return reverse("admin:grading", args=[waiting[0].submission.pk])
    messages.success(request, _("Saved. Everything that was handed in is graded."))
    return reverse("admin:assignment_work", args=[here.assignment.pk])


# --- copying --------------------------------------------------------------------------------------


@pages.page(
    "assignments/<uuid:assignment_id>/copy/", "copy_assignment", pages.FORM, roles=offices.TEACHING
)
def copy_assignment(request, assignment_id):
    """Choose classes and dates, show the planned copies, and make them."""
    assignment = get_assignment(assignment_id)
    form = CopyForm(request.POST or None, assignment=assignment, user=request.user)
    planned, status = [], 200
    if request.method == "POST":
        if form.is_valid():
            planned = form.planned()
            if "_copy" in request.POST and _copy(request, form, planned):
                return redirect("admin:academics_assignment_changelist")
        status = 200 if form.is_valid() else 422
    context = {
        "assignment": assignment,
        "form": form,
        "planned": planned,
        "files": selectors.given_files(assignment),
    }
    return pages.show(
        request, "academics/assignments/copy.html", _("Copy to classes"), context, status
    )


def _copy(request, form, planned):
    """Make the copies, all or none; return whether it was done."""
    try:
        with explained(), transaction.atomic():
            for copy in planned:
                assignments.copy(
                    assignment=form.assignment,
                    school_class=copy.school_class,
                    assigned_date=copy.assigned_date,
                    due_date=copy.due_date,
                    with_files=form.cleaned_data["with_files"],
                    by=request.user,
                )
    except FileRefused as error:
        form.add_error("with_files", str(error))
        return False
    except RefusedByDatabase as error:
        refusal = error.refusal
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return False
    message = ngettext(
        "The assignment was copied to %(count)d class.",
        "The assignment was copied to %(count)d classes.",
        len(planned),
    )
    messages.success(request, message % {"count": len(planned)})
    return True
