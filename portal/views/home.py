"""The front door of a school: staff to the admin, students to their page, strangers to sign in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from academics.models import ClosedDay
from core.defaults import today
from portal.selectors import guardians as guardian_selectors
from portal.selectors import student as selectors
from portal.services import results
from portal.views.own import own_page, own_url


@never_cache
@require_safe
def front_door(request):
    if not request.user.is_authenticated:
        return redirect("login")
    if request.user.is_staff:
        return redirect("admin:index")
    if request.user.is_guardian:
        return _children(request)
    return today_page(request)


@require_safe
@own_page
def today_page(request):
    """Show a student's lessons, work, results and invoices of today."""
    day, student = today(), request.student
    read_until = results.read_until(user=request.user, student=student)
    sessions = list(selectors.sessions_on(student, day))
    teachers = selectors.class_teachers()
    for session in sessions:
        session.teacher_name = teachers.get(session.school_class_id)
    here, coming = selectors.split(selectors.classes(student), day)
    context = {
        "today": day,
        "sessions": sessions,
        "closed_day": None if sessions else ClosedDay.objects.on(day).first(),
        "unexcused": selectors.unexcused([student], day),
        "enrollments": here,
        "coming": coming,
        "assignments": selectors.assignments_due(student, day),
        "grades": selectors.recent_grades(student),
        "read_until": read_until,
        "unread": selectors.unread_grades(student, read_until),
        "invoices": selectors.open_invoices(student),
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
        return redirect("child_today", children[0].pk)
    guardian_selectors.add_news(children, today())
    return render(request, "portal/children.html", {"children": children, "today": today()})
