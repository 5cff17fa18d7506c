"""The front door of a school: staff to the admin, students to their page, strangers to sign in."""

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from academics.views.own import own_page
from core.defaults import today
from reporting.selectors import student as selectors


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
    """What concerns a student now."""
    day = today()
    context = {
        "title": request.student.name,
        "today": day,
        "sessions": selectors.sessions_on(day),
        "enrollments": selectors.classes(request.student),
        "assignments": selectors.assignments_due(request.student, day),
        "grades": selectors.recent_grades(request.student),
        "invoices": selectors.open_invoices(request.student),
    }
    return render(request, "student/home.html", context)


def _children(request):
    """Lead a guardian to their one child, or list their children."""
    children = list(selectors.children())
    if len(children) == 1:
        return redirect("child_today", children[0].pk)
    return render(request, "student/children.html", {"children": children})
