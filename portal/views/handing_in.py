"""A student's assignments, and handing them in."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from academics.forms import HandInForm
from academics.selectors import documents
from academics.selectors import work as selectors
from academics.services import submissions
from academics.services.file_types import FileRefused
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from portal.views.own import own_page, own_url


@own_page
@require_safe
def assignment_list(request):
    """Show the assignments of the student's classes, grouped by state."""
    works = {}
    for work in selectors.works_of(request.student, today()):
        works.setdefault(work.state, []).append(work)
    for done in (selectors.HANDED_IN, selectors.GRADED, selectors.CLOSED):
        works.get(done, []).reverse()
    context = {"title": _("Assignments"), "works": works, "is_own": request.user.is_student}
    return render(request, "portal/assignments.html", context)


@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def assignment_page(request, assignment_id):
    """Show an assignment; a student can hand it in, a guardian can only read."""
    assignment = selectors.assignments_of(request.student).filter(pk=assignment_id).first()
    if assignment is None or (request.method == "POST" and not request.user.is_student):
        raise Http404(_("There is no such assignment."))
    work = selectors.work_of(request.student, assignment, today())
    form, status = None, 200
    if request.method == "POST":
        form = HandInForm(request.POST, request.FILES, rows=work.files)
        if form.is_valid() and _hand_in(request, form, work):
            return redirect(own_url(request, "assignment", assignment.pk))
        status = 422
        work = selectors.work_of(request.student, assignment, today())
    elif work.can_change and request.user.is_student:
        initial = {"text": submissions.text_of(work.submission)}
        form = HandInForm(initial=initial, rows=work.files)
    context = {
        "title": assignment.title,
        "work": work,
        "form": form,
        "given": selectors.given_files(assignment),
        "details": _details(assignment),
        "text": submissions.text_of(work.submission),
    }
    return render(request, "portal/assignment.html", context, status=status)


def _hand_in(request, form, work):
    """Hand the work in; return whether it worked, with the reasons in the form's errors."""
    uploads, removed = form.cleaned_data["files"]
    try:
        with explained(), transaction.atomic():
            submissions.hand_in(
                assignment=work.assignment,
                student=request.student,
                text=form.cleaned_data["text"].strip(),
                uploads=uploads,
                removed=[row.pk for row in removed],
                day=work.day,
            )
    except FileRefused as error:
        form.add_error("files", str(error))
    except submissions.HandInRefused as error:
        form.add_error(None, str(error))
    except RefusedByDatabase as error:
        form.add_error(None, str(error))
    else:
        messages.success(request, _("Your work was handed in."))
        return True
    return False


def _details(assignment):
    """Return the lines of the assignment's further data that are not in its description."""
    lines = documents.for_students(assignment)
    return [line for line in lines if line.text.strip() != (assignment.description or "").strip()]
