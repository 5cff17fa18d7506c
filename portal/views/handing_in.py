"""A student's assignments: what is to be done, what became of it, and handing it in."""

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
    """Show the assignments of the student's classes by what is to be done about them."""
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
    """Show one assignment; the student hands in, a guardian looks on."""
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
    """Hand in what the form says; otherwise its errors tell why not. Return whether it was done."""
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
    """Return the lines of the assignment's further data that its description does not say."""
    found = documents.for_students(assignment)
    return [line for line in found if line.text.strip() != (assignment.description or "").strip()]
