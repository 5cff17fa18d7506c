"""What the admin's first page shows (UNFOLD["DASHBOARD_CALLBACK"])."""

from django.db.models import Q

from academics.admin.term_filter import ALL, NONE, current_of, terms_of
from academics.selectors.attendance_day import STATES
from core.defaults import today
from reporting.admin import term_scope
from reporting.catalog.filters import CURRENT
from reporting.selectors import dashboard

SHOWN_SESSIONS = 12
CHART = {"width": 640, "height": 220, "top": 16, "bottom": 36, "left": 44}


def dashboard_callback(request, context):
    """Add the school's numbers to the template context; money for admins only."""
    day = today()
    term, classes = classes_shown(request, day)
    sessions = dashboard.sessions_on(day)
    weeks = dashboard.attendance_by_week(day)
    seats = dashboard.capacity(classes)
    sessions.sort(key=urgency)
    context |= {
        "title": request.tenant.name,
        "today": day,
        "scope": term_scope.of_dashboard(request, term),
        "sessions": sessions[:SHOWN_SESSIONS],
        "session_count": len(sessions),
        "sessions_hidden": max(len(sessions) - SHOWN_SESSIONS, 0),
        "taken_count": sum(session.state == "taken" for session in sessions),
        "missing_count": sum(session.state == "missing" for session in sessions),
        "capacity": seats,
        "fullest_classes": dashboard.fullest_classes(classes),
        "weeks": weeks,
        "last_week": weeks[-2],
        "has_attendance": any(week.counted for week in weeks),
        "chart": chart(weeks),
    }
    if request.user.is_admin:
        context["money"] = dashboard.money(day)
        if not (seats.classes and sessions and context["has_attendance"]):
            context["beginnings"] = dashboard.beginnings()
    return context


def classes_shown(request, day):
    """Return (the term asked for, the condition on classes): the current one unless asked."""
    terms, asked = terms_of(request), request.GET.get("term")
    if asked not in (ALL, NONE, *(str(term.pk) for term in terms)):
        asked = CURRENT
    if asked == ALL or not terms:
        return asked, Q()
    if asked == NONE:
        return asked, Q(term=None)
    if asked == CURRENT:
        return asked, Q(term=current_of(terms, day)) | Q(term=None)
    return asked, Q(term=asked)


def urgency(session):
    """Return a sort key: the lesson that is on now, then what needs somebody first."""
    return not session.is_current, STATES.index(session.state)


def chart(weeks):
    """Return the drawing of the weeks' attendance: bars and grid lines in SVG units."""
    height = CHART["height"] - CHART["top"] - CHART["bottom"]
    step = (CHART["width"] - CHART["left"]) / len(weeks)
    bars = []
    for number, week in enumerate(weeks):
        size = height * (week.rate or 0) / 100
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
