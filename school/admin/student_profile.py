"""The profile page of a student, and the page that finds a student."""

from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.attendance_rate import attendance_rate
from academics.models import Attendance, SchoolClass
from academics.selectors import closed_days
from core.admin import pages
from core.audit import changes
from core.defaults import today
from core.models import User
from core.search import find, split
from finance.models import Invoice
from reporting.admin import report_charts
from reporting.admin.report_cards import chosen_term, id_of, terms
from reporting.catalog.charts import Chart, Drawing
from school.selectors import student_profile as profiles

TREND = Chart(
    title=gettext_lazy("Results by the day the work was due"),
    kind="line",
    heading=gettext_lazy("Due"),
    select="",
    series=((gettext_lazy("Percent of the points"), "%"),),
)
SEARCH = "app.search_users"


@pages.page("students/<uuid:student_id>/", "student_profile")
def student_profile(request, student_id):
    """Show one student; Http404 if they are missing or the person may not see them."""
    student = get_object_or_404(User.objects.students(), pk=student_id)
    term = chosen_term(request.GET.get("term"))
    enrolled = list(profiles.enrollments(student))
    context = {
        "student": student,
        "student_number": (student.metadata or {}).get("student_number"),
        "guardians": profiles.guardians(student),
        "term": term,
        "terms": terms(),
        "enrollments": _by_term(enrolled),
        "held": sum(
            enrollment.school_class.is_held(today())
            for enrollment in enrolled
            if enrollment.is_active
        ),
        "coming": sum(
            enrollment.school_class.coming_from is not None
            for enrollment in enrolled
            if enrollment.is_active
        ),
        "missing": profiles.missing_work(student, today()),
        "waiting": profiles.waitlist_places(student),
        "query": _query(request),
        **_attendance(request, student, term),
        **_grades(student),
        **_neighbours(request, student),
        **(_office(request, student) if request.user.is_admin else {}),
    }
    return pages.show(request, "school/profile/student.html", student.name, context)


def _query(request, **other):
    """Return the page's query string, with the `other` parameters replaced."""
    kept = {name: request.GET.get(name) for name in ("school_class", "term", "day")}
    chosen = {name: value for name, value in (kept | other).items() if value}
    return f"?{urlencode(chosen)}" if chosen else "?"


def _by_term(enrolled):
    """Return [(term or None, enrollments)] in the order of the enrollments."""
    groups = groupby(enrolled, key=lambda enrollment: enrollment.school_class.term)
    return [(term, list(some)) for term, some in groups]


# --- attendance -----------------------------------------------------------------------------------
def _attendance(request, student, term):
    first, last = _days(term)
    records = list(profiles.attendance(student, first, last))
    closed = {day: names[-1] for day, names in closed_days.names_by_day(first, last).items()}
    by_day = {
        day: list(some)
        for day, some in groupby(records, key=lambda row: row.class_session.session_date)
    }
    chosen = _chosen_day(request)
    counts = dict.fromkeys(Attendance.Status, 0)
    for record in records:
        counts[record.status] += 1
    return {
        "months": [
            (formats.date_format(month, "F Y"), [_week(w, by_day, closed, request) for w in weeks])
            for month, weeks in profiles.months(first, last)
        ],
        "weekdays": [(WEEKDAYS_ABBR[n], WEEKDAYS[n]) for n in range(7)],
        "first_day": first,
        "last_day": last,
        "legend": [(status, _letter(status), status.label) for status in Attendance.Status],
        "counts": [(status.label, counts[status]) for status in Attendance.Status],
        "rate": attendance_rate(counts["present"], counts["absent"], counts["late"]),
        "class_rates": _class_rates(records),
        "has_records": bool(records),
        "day": chosen,
        "day_closed": closed.get(chosen),
        "day_records": _with_register(by_day.get(chosen, [])),
    }


def _days(term):
    """Return the first and last day shown: the term's, or this month where there are no terms."""
    if term is not None:
        return term.start_date, term.end_date
    return today().replace(day=1), today()


def _chosen_day(request):
    try:
        return date.fromisoformat(request.GET.get("day") or "")
    except ValueError:
        return None


def _letter(status):
    return str(status.label)[:1]


def _week(days, by_day, closed, request):
    return [day and _day(day, by_day.get(day, []), closed.get(day), request) for day in days]


def _day(day, records, holiday, request):
    """Return a cell of the calendar: its mark, and a text for screen readers."""
    statuses = {record.status for record in records}
    worst = next((status for status in profiles.SEVERITY if status in statuses), None)
    texts = [
        f"{record.class_session.school_class.name}: {record.get_status_display()}"
        for record in records
    ]
    return {
        "day": day,
        "status": worst,
        "letter": worst and _letter(worst),
        "closed": holiday,
        "text": "; ".join(texts) or holiday or "",
        "url": worst and _query(request, day=day.isoformat()),
    }


def _class_rates(records):
    """Return [(class, rate, number of sessions)] by the class's name."""
    by_class = {}
    for record in records:
        by_class.setdefault(record.class_session.school_class, []).append(record.status)
    rates = [
        (
            school_class,
            attendance_rate(*(statuses.count(kind) for kind in ("present", "absent", "late"))),
            len(statuses),
        )
        for school_class, statuses in by_class.items()
    ]
    return sorted(rates, key=lambda rate: (rate[0].sort_name, rate[0].pk))


def _with_register(records):
    for record in records:
        try:
            record.register_url = reverse("admin:register", args=[record.class_session_id])
        except NoReverseMatch:
            record.register_url = None
    return records


# --- grades, money, trail -------------------------------------------------------------------------
def _grades(student):
    rows = profiles.grades(student)
    graded = [grade for grade in reversed(rows) if grade.percent is not None]
    points = []
    for day, some in groupby(graded, key=lambda grade: grade.day):
        percents = [grade.percent for grade in some]
        mean = sum(percents) / len(percents)
        points.append((formats.date_format(day, "j M Y"), [mean]))
    drawing = Drawing(TREND, points, "")
    return {
        "grades": rows,
        "grades_limit": profiles.GRADES,
        "drawing": drawing,
        "data": report_charts.chart_data(drawing),
        "cells": report_charts.cells(drawing),
    }


def _office(request, student):
    """Return the parts for the office only: invoices and the audit trail."""
    try:
        page = min(max(int(request.GET.get("trail", 1)), 1), 1000)
    except ValueError:
        page = 1
    entries, more = profiles.trail(student, page)
    invoices = profiles.invoices(student)
    owed = {}
    for invoice in invoices:
        if invoice.status in Invoice.OPEN:
            owed[invoice.currency] = owed.get(invoice.currency, 0) + invoice.balance
    return {
        "invoices": invoices,
        "owed": sorted(owed.items()),
        "trail": changes.readable(entries),
        "trail_page": page,
        "trail_before": _query(request, trail=page - 1) if page > 1 else None,
        "trail_after": _query(request, trail=page + 1) if more else None,
        "person_url": reverse("admin:core_user_change", args=[student.pk]),
    }


def _neighbours(request, student):
    asked = request.GET.get("school_class")
    if not asked:
        return {}
    school_class = get_object_or_404(SchoolClass.objects.all(), pk=id_of(asked))
    before, after = profiles.neighbours(student, school_class)
    return {"school_class": school_class, "before": before, "after": after}


# --- finding a student ----------------------------------------------------------------------------
@pages.page("students/", "students")
def students(request):
    """Find students; a single match leads to the profile directly."""
    term = request.GET.get("q", "").strip()
    people = User.objects.students().order_by("sort_name", "id")
    words = split(term)
    for (_word, _function), ids in (find(words, [SEARCH]) if words else {}).items():
        people = people.filter(pk__in=ids)
    rows = list(people.only("id", "name", "email", "status", "tenant_id")[: profiles.MATCHES + 1])
    if words and len(rows) == 1:
        return redirect("admin:student_profile", rows[0].pk)
    context = {
        "q": term,
        "students": rows[: profiles.MATCHES],
        "more": len(rows) > profiles.MATCHES,
        "limit": profiles.MATCHES,
    }
    return pages.show(request, "school/profile/students.html", _("Students"), context)
