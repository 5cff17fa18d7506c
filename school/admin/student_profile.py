"""The profile page of a student."""

from collections import Counter
from datetime import date
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics import absence_words
from academics.attendance_rate import attendance_rate
from academics.models import Attendance, SchoolClass
from academics.selectors import closed_days
from academics.selectors.terms import terms_of
from core import offices, records, written
from core.admin import pages
from core.audit import changes
from core.defaults import today
from core.models import User
from reporting.admin import report_charts
from reporting.admin.report_cards import chosen_term, id_of
from reporting.catalog.charts import Chart, Drawing
from school.selectors import student_profile as profiles
from school.services.leaving import EXIT_DATE, EXIT_REASON

TREND = Chart(
    title=gettext_lazy("Results by the day the work was due"),
    kind="line",
    heading=gettext_lazy("Due"),
    select="",
    series=((gettext_lazy("Percent of the points"), "%"),),
)


@pages.page("students/<uuid:student_id>/", "student_profile")
def student_profile(request, student_id):
    """Show one student; Http404 if they are missing or the person may not see them."""
    student = profiles.student(student_id)
    if student is None:
        raise Http404(_("There is no such student."))
    user = request.user
    known = terms_of(request)
    context = {
        "student": student,
        "student_number": student.student_number,
        "record": [line for line in records.lines(student) if line.key != "student_number"],
        "guardians": profiles.guardians(student),
        "term": chosen_term(request.GET.get("term"), known),
        "terms": known,
        "query": _query(request),
        "person_url": _person_url(user, student),
        "shows_classes": user.role in offices.TEACHING,
        **_absences(user, student),
        "applications": _applications(user, student),
        **_leaving(user, student),
        **_neighbours(request, student),
    }
    if context["shows_classes"]:
        context |= _classes(request, student, context["term"])
    if user.is_money_office:
        context |= _money(student)
    if user.is_admin:
        context |= _trail(request, student)
    return pages.show(request, "school/profile/student.html", student.name, context)


def _person_url(user, student):
    """Return where the student's own row is changed, for those who may."""
    return reverse("admin:core_user_change", args=[student.pk]) if user.is_people_office else None


def _classes(request, student, term):
    """Return the parts about classes, attendance and work."""
    places = profiles.places(student)
    return {
        "places": _by_term(places),
        "held": sum(place.is_held for place in places if place.is_active),
        "coming": sum(place.coming_from is not None for place in places if place.is_active),
        "missing": profiles.missing_work(student, today()),
        "waiting": profiles.waitlist_places(student),
        **_attendance(request, student, term),
        **_grades(student),
    }


def _query(request, **other):
    """Return the page's query string, with the `other` parameters replaced."""
    kept = {name: request.GET.get(name) for name in ("school_class", "term", "day")}
    chosen = {name: value for name, value in (kept | other).items() if value}
    return f"?{urlencode(chosen)}" if chosen else "?"


def _by_term(places):
    """Return [((term, year) or (None, None), places)] in the order of the places."""
    groups = groupby(places, key=attrgetter("term", "year"))
    return [(term, list(some)) for term, some in groups]


# --- attendance -----------------------------------------------------------------------------------
def _attendance(request, student, term):
    first, last = _days(term)
    records = profiles.attendance(student, first, last)
    closed = {day: names[-1] for day, names in closed_days.names_by_day(first, last).items()}
    by_day = {day: list(some) for day, some in groupby(records, key=attrgetter("day"))}
    of_days = {mark.day: mark for mark in profiles.daily_attendance(student, first, last)}
    cells = _Cells(by_day, of_days, closed, _query(request, day=None))
    chosen = _chosen_day(request)
    counts = Counter(record.status for record in records)
    day_counts = Counter(mark.status for mark in of_days.values())
    return {
        "months": [
            (formats.date_format(month, "F Y"), [cells.of_week(days) for days in weeks])
            for month, weeks in profiles.months(first, last)
        ],
        "weekdays": [(str(WEEKDAYS_ABBR[n])[:2], str(WEEKDAYS[n])) for n in range(7)],
        "first_day": first,
        "last_day": last,
        "legend": [(status, label[:1], label) for status, label in _labels().items()],
        "counts": [(label, counts[status]) for status, label in _labels().items()],
        "day_counts": [(label, day_counts[status]) for status, label in _labels().items()],
        "rate": _rate(counts if records else day_counts),
        "day_rate": _rate(day_counts),
        "class_rates": _class_rates(records),
        "has_records": bool(records or of_days),
        "day_mark": of_days.get(chosen),
        "day": chosen,
        "day_closed": closed.get(chosen),
        "day_records": by_day.get(chosen, []),
    }


def _rate(counts):
    return attendance_rate(counts["present"], counts["absent"], counts["late"])


def _labels():
    """Return {status: its name}."""
    return {value: str(label) for value, label in Attendance.Status.choices}


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


class _Cells:
    """The cells of the calendar; `query` is the page's, without a day.

    The day's own mark counts where there is one, else the worst of the lessons'.
    """

    def __init__(self, by_day, of_days, closed, query):
        self._by_day, self._closed, self._labels = by_day, closed, _labels()
        self._of_days = of_days
        self._query = f"{query}{'' if query == '?' else '&'}day="

    def of_week(self, days):
        return [day and self._cell(day) for day in days]

    def _cell(self, day):
        """Return a day's mark, with a text for screen readers."""
        records, holiday = self._by_day.get(day, []), self._closed.get(day)
        of_day = self._of_days.get(day)
        cell = {"day": day, "closed": holiday, "text": holiday or "", "url": None}
        if not records and of_day is None:
            return cell
        statuses = {record.status for record in (records if of_day is None else [of_day])}
        worst = next(status.value for status in profiles.SEVERITY if status in statuses)
        texts = [f"{record.class_name}: {self._labels[record.status]}" for record in records]
        if of_day is not None:
            texts.insert(0, _("The day: %(mark)s") % {"mark": self._labels[of_day.status]})
        return cell | {
            "status": worst,
            "letter": self._labels[worst][:1],
            "text": "; ".join(texts),
            "url": f"{self._query}{day}#day",
        }


def _class_rates(records):
    """Return [(class's name, rate, number of sessions)] by the name."""
    by_class = {}
    for record in records:
        key = record.class_sort_name, record.class_id
        by_class.setdefault(key, (record.class_name, Counter()))[1][record.status] += 1
    return [
        (name, attendance_rate(of["present"], of["absent"], of["late"]), of.total())
        for _key, (name, of) in sorted(by_class.items())
    ]


# --- grades, money, trail -------------------------------------------------------------------------
def _grades(student):
    rows = profiles.grades(student)
    graded = [grade for grade in reversed(rows) if grade.percent is not None]
    points = []
    for day, some in groupby(graded, key=attrgetter("day")):
        percents = [grade.percent for grade in some]
        mean = sum(percents) / len(percents)
        points.append((written.text(day, "j M Y"), [mean]))
    drawing = Drawing(TREND, points, "")
    return {
        "grades": rows,
        "grades_limit": profiles.GRADES,
        "drawing": drawing,
        "data": report_charts.chart_data(drawing),
        "cells": report_charts.cells(drawing),
    }


def _money(student):
    """Return the part for those who work with money."""
    owed = profiles.still_to_pay(student.pk, today())
    return {
        "invoices": profiles.invoices(student.pk),
        "owed": [(row["currency"], row["rest"]) for row in owed],
        "remind_url": (
            f"{reverse('admin:reminders')}?student={student.pk}"
            if any(row["late"] for row in owed)
            else None
        ),
    }


def _trail(request, student):
    """Return the part that the audit trail has, for admins."""
    try:
        page = min(max(int(request.GET.get("trail", 1)), 1), 1000)
    except ValueError:
        page = 1
    entries, more = profiles.trail(student, page)
    return {
        "trail": changes.readable(entries),
        "trail_page": page,
        "trail_before": _query(request, trail=page - 1) if page > 1 else None,
        "trail_after": _query(request, trail=page + 1) if more else None,
    }


def _leaving(user, student):
    """Return when and why a former student left, or the address of leaving; for the office."""
    if not user.is_people_office:
        return {"leave_url": None, "left": None}
    if student.status != User.Status.ARCHIVED:
        return {"leave_url": f"{reverse('admin:student_leave')}?student={student.pk}", "left": None}
    kept = student.metadata or {}
    return {
        "leave_url": None,
        "left": {"day": _written_day(kept.get(EXIT_DATE)), "reason": kept.get(EXIT_REASON)},
    }


def _written_day(text):
    """Return a day of the record as people write it; as it stands where it is none."""
    try:
        return written.text(date.fromisoformat(text or ""), "DATE_FORMAT")
    except ValueError:
        return text


def _absences(user, student):
    """Return the latest absences, each with its `period` in words, for those who keep them."""
    if not user.is_people_office:
        return {"absence_url": None, "absences": []}
    rows = profiles.absences(student.pk)
    for row in rows:
        row.period = absence_words.period(row)
    url = f"{reverse('admin:academics_absence_add')}?student={student.pk}"
    return {"absence_url": url, "absences": rows}


def _applications(user, student):
    """Return how the student came to the school, for those who keep it."""
    return profiles.applications(student.pk) if user.is_people_office else []


def _neighbours(request, student):
    asked = request.GET.get("school_class")
    if not asked:
        return {"school_class": None}
    school_class = get_object_or_404(SchoolClass.objects.all(), pk=id_of(asked))
    before, after = profiles.neighbours(student, school_class)
    return {"school_class": school_class, "before": before, "after": after}
