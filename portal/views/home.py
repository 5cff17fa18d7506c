"""The front door of a school: staff to the admin, students to their page, strangers to sign in."""

from functools import partial

from django.contrib import admin, messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from academics.models import ClosedDay
from core.defaults import today
from portal.selectors import guardians as guardian_selectors
from portal.selectors import home
from portal.selectors import student as selectors
from portal.services import results
from portal.views.own import own_page, own_url

# What else than the page of today a student, or the guardian of one child, may begin with.
STARTS = {
    "timetable": gettext_lazy("Timetable"),
    "assignments": gettext_lazy("Assignments"),
    "grades": gettext_lazy("Grades"),
    "attendance": gettext_lazy("Attendance"),
    "invoices": gettext_lazy("Invoices"),
}


@never_cache
@require_safe
def front_door(request):
    if not request.user.is_authenticated:
        return redirect("login")
    if request.user.is_staff:
        return redirect(admin.site.start_page(request))
    if request.user.is_guardian:
        return _children(request)
    if request.user.chosen.start in STARTS:
        return redirect(f"my_{request.user.chosen.start}")
    return today_page(request)


@require_safe
@own_page
def today_page(request):
    """Show a student's lessons, work, results and invoices of today."""
    day, student = today(), request.student
    read_until = results.read_until(user=request.user, student=student)
    sessions = home.sessions_on(student.pk, day)
    grades, unread = home.recent_grades(student.pk, read_until)
    here, coming = selectors.split(home.classes(student.pk), day)
    context = {
        "today": day,
        "own_url": partial(own_url, request),
        "sessions": sessions,
        "teachers": selectors.class_teachers() if sessions else {},
        "closed_day": None if sessions else ClosedDay.objects.on(day).first(),
        "missed_days": home.missed_days(student.pk, day),
        "unexcused": home.unexcused(student.pk, day),
        "enrollments": here,
        "coming": coming,
        "assignments": home.assignments_due(student.pk, day),
        "grades": grades,
        "read_until": read_until,
        "unread": unread,
        "invoices": home.open_invoices(student.pk),
    }
    return render(request, "portal/home.html", context)


@require_POST
@own_page
def mark_results_read(request):
    """Mark all results as read by the person who is signed in."""
    results.mark_read(user=request.user, student=request.student)
    messages.success(request, _("All results are marked as read."))
    return redirect(own_url(request, "today"))


def _children(request):
    """Lead a guardian to their one child, or list their children."""
    children = list(selectors.children())
    if len(children) == 1:
        start = request.user.chosen.start
        return redirect(f"child_{start if start in STARTS else 'today'}", children[0].pk)
    guardian_selectors.add_news(children, today())
    return render(request, "portal/children.html", {"children": children, "today": today()})
