"""The context of the admin's first page (UNFOLD["DASHBOARD_CALLBACK"])."""

from academics.models import SchoolClass
from academics.selectors.attendance_day import STATES
from academics.selectors.terms import ALL, NONE, terms_of
from core import offices
from core.defaults import today
from reporting.admin import term_scope
from reporting.catalog.term_filter import CURRENT
from school.selectors import dashboard, setting_up

SHOWN_SESSIONS = 12
CHART = {"width": 640, "height": 220, "top": 16, "bottom": 36, "left": 44}


def dashboard_callback(request, context):
    """Add the school's numbers to the template context: of classes, of money, or of both."""
    day, user = today(), request.user
    shows_classes = user.role in offices.TEACHING
    context |= {"title": request.tenant.name, "today": day, "shows_classes": shows_classes}
    if shows_classes:
        context |= _classes(request, day)
    context["money"] = dashboard.money(day) if user.is_money_office else []
    if user.is_admin and not (
        context["capacity"].classes and context["sessions"] and context["has_attendance"]
    ):
        setup = setting_up.of_school(request.tenant)
        context["setup"] = None if setup.is_over else setup
    return context


def _classes(request, day):
    """Return the numbers of classes and attendance."""
    term, classes = classes_shown(request, day)
    sessions = dashboard.sessions_on(day)
    weeks = dashboard.attendance_by_week(day)
    begin = None
    seats = dashboard.capacity_on(day) if classes is None else dashboard.capacity(classes)
    if term == CURRENT and not seats.classes:
        # Between two terms, or before the first: what comes next, and from when.
        classes, begin = dashboard.next_classes(day)
        seats = dashboard.capacity(classes) if begin else seats
    sessions.sort(key=urgency)
    return {
        "scope": term_scope.of_dashboard(request, term),
        "sessions": sessions[:SHOWN_SESSIONS],
        "session_count": len(sessions),
        "sessions_hidden": max(len(sessions) - SHOWN_SESSIONS, 0),
        "taken_count": sum(session.state == "taken" for session in sessions),
        "missing_count": sum(session.state == "missing" for session in sessions),
        "capacity": seats,
        "classes_begin": begin,
        "weeks": weeks,
        "last_week": weeks[-2],
        "has_attendance": any(week.counted for week in weeks),
        "chart": chart(weeks),
    }


def classes_shown(request, day):
    """Return (the requested term, its classes); None for all classes that are held today."""
    terms, asked = terms_of(request), request.GET.get("term")
    if any(str(term.pk) == asked for term in terms):
        return asked, SchoolClass.objects.active().filter(term=asked)
    if asked == NONE and terms:
        return asked, SchoolClass.objects.current(day).filter(term=None)
    return ALL if asked == ALL else CURRENT, None


def urgency(session):
    """Return a sort key: the lesson that is on now, then by urgency of the state."""
    return not session.is_current, STATES.index(session.state)


def chart(weeks):
    """Return the drawing of the weeks' attendance: bars and grid lines in SVG units."""
    height = CHART["height"] - CHART["top"] - CHART["bottom"]
    step = (CHART["width"] - CHART["left"]) / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        size = height * float(week.rate or 0) / 100
        left = CHART["left"] + number * step
        bars.append(
            {
                "week": week,
                "x": round(left + step * 0.2, 1),
                "y": round(CHART["top"] + height - size, 1),
                "width": round(step * 0.6, 1),
                "height": round(size, 1),
                "middle": round(left + step / 2, 1),
            }
        )
    lines = [
        {"percent": percent, "y": CHART["top"] + height * (100 - percent) / 100}
        for percent in (0, 25, 50, 75, 100)
    ]
    return CHART | {"bars": bars, "lines": lines, "base": CHART["top"] + height}
