"""A student's attendance."""

from collections import Counter

from django.shortcuts import render
from django.views.decorators.http import require_safe

from academics.attendance_rate import attendance_rate
from academics.models import Attendance
from portal.selectors import own_attendance as records
from portal.selectors import student as selectors
from portal.views.own import own_page
from portal.views.own_lists import page_of, term_of

EVERYTHING = "all"


@require_safe
@own_page
def attendance(request):
    """Show the rate of each class, the records, and the days; by default what was missed."""
    term = term_of(request)
    enrollments = list(term.narrow(selectors.classes(request.student)))
    counts = records.counts(request.student, term)
    for enrollment in enrollments:
        enrollment.counts = counts.get(enrollment.school_class_id, {})
    status, chosen_class = _filters(request, enrollments)
    context = {
        "term": term,
        "enrollments": enrollments,
        "page": page_of(request, _rows(request.student, term, status, chosen_class)),
        "status": status,
        "statuses": Attendance.Status.choices,
        "chosen_class": chosen_class,
        "everything": EVERYTHING,
        **_days(request.student, term),
    }
    return render(request, "portal/attendance.html", context)


def _days(student, term):
    """Return the part about whole days, of which nothing is shown without any."""
    days = list(records.days(student, term))
    counts = Counter(mark.status for mark in days)
    return {
        "day_counts": [(label, counts[value]) for value, label in Attendance.Status.choices],
        "day_rate": attendance_rate(counts["present"], counts["absent"], counts["late"]),
        "has_days": bool(days),
        "missed_days": [mark for mark in days if mark.status in records.MISSED],
    }


def _filters(request, enrollments):
    """Return the requested status and class; "" for invalid values."""
    status = request.GET.get("status", "")
    chosen = request.GET.get("class", "")
    known = {str(enrollment.school_class_id) for enrollment in enrollments}
    return (
        status if status in (*Attendance.Status.values, EVERYTHING) else "",
        chosen if chosen in known else "",
    )


def _rows(student, term, status, chosen_class):
    rows = records.records(student, term)
    if chosen_class:
        rows = rows.filter(class_session__school_class=chosen_class)
    if status == EVERYTHING:
        return rows
    return rows.filter(status__in=[status] if status else records.MISSED)
