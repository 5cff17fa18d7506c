"""The week of a student, for themselves and their guardians."""

from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from academics.selectors import timetable as selectors
from core.defaults import today
from portal.views.own import own_page, own_url


@require_safe
@own_page
def timetable(request):
    """Show a week of the student's lessons; ?week=2026-W48 chooses another week."""
    try:
        monday = selectors.read_week(request.GET["week"])
    except (KeyError, ValueError):
        monday = selectors.monday_of(today())
    week = selectors.week(monday, today(), selectors.Scope(student=request.student))
    teachers = selectors.teachers_of_own_classes()
    for lesson in week.lessons:
        lesson.teacher = teachers.get(lesson.school_class.pk, "")
    here = own_url(request, "timetable")
    context = {
        "title": _("Timetable"),
        "week": week,
        "links": {
            "previous": f"{here}?{urlencode({'week': week.previous})}",
            "now": here,
            "next": f"{here}?{urlencode({'week': week.next})}",
        },
    }
    return render(request, "portal/timetable.html", context)
