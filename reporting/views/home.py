"""The front door of a school: staff to the admin, students to their page, strangers to sign in."""

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.defaults import today
from reporting.selectors import student as selectors


@never_cache
@require_safe
def front_door(request):
    if not request.user.is_authenticated:
        return redirect("login")
    if request.user.is_staff:
        return redirect("admin:index")
    return _student_home(request)


def _student_home(request):
    day = today()
    context = {
        "title": request.user.name,
        "today": day,
        "sessions": selectors.sessions_on(day),
        "enrollments": selectors.classes(request.user),
        "assignments": selectors.assignments_due(request.user, day),
        "grades": selectors.recent_grades(request.user),
        "invoices": selectors.open_invoices(request.user),
    }
    return render(request, "student/home.html", context)
