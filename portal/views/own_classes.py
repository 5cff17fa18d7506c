"""A student's classes, and one of them."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from academics.models import AssignmentWeight, Attendance
from core.defaults import today
from portal.selectors import own_attendance, own_classes, own_grades, own_terms
from portal.selectors import student as selectors
from portal.views.own import own_page
from portal.views.own_lists import term_of


@require_safe
@own_page
def classes(request):
    """Show the classes of a term with slots, teacher, attendance and grade."""
    term = term_of(request)
    enrollments = own_classes.with_slots(term.narrow(own_classes.enrollments(request.student)))
    here, coming = selectors.split(_with_teachers(list(enrollments)), today())
    context = {
        "term": term,
        "enrollments": here,
        "coming": coming,
        "waitlist": own_classes.waitlist(request.student),
    }
    return render(request, "portal/classes.html", context)


@require_safe
@own_page
def school_class(request, class_id):
    """Show a class: schedule, teacher, assignments, own grade and attendance."""
    enrollments = own_classes.enrollments(request.student).filter(school_class=class_id)
    # A student who came back to a class has two enrollments; the active one sorts first.
    enrollment = own_classes.with_slots(enrollments).first()
    if enrollment is None:
        raise Http404(_("There is no such class."))
    _with_teachers([enrollment])
    weights = AssignmentWeight.objects.filter(school_class=class_id).order_by("-weight", "type")
    result = own_grades.ClassResults(enrollment, list(weights))
    everything = own_terms.TermChoice([], None)
    counts = own_attendance.counts(request.student, everything).get(class_id, {})
    context = {
        "enrollment": enrollment,
        "school_class": enrollment.school_class,
        "shares": own_grades.weigh(result),
        "counts": counted(counts),
        "sessions": own_classes.coming_sessions(request.student, class_id, today()),
        "assignments": own_classes.assignments(request.student, class_id),
        "today": today(),
    }
    return render(request, "portal/class.html", context)


def counted(counts):
    """Return (label, number) of each status of attendance; empty when nothing was recorded."""
    counts_by_label = [(label, counts.get(value, 0)) for value, label in Attendance.Status.choices]
    return counts_by_label if any(number for _label, number in counts_by_label) else []


def _with_teachers(enrollments):
    teachers = selectors.class_teachers()
    for enrollment in enrollments:
        enrollment.teacher_name = teachers.get(enrollment.school_class_id)
    return enrollments
