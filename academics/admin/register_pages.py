"""The attendance register of a session, and the office's view of a day."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextareaWidget

from academics import attendance_settings
from academics.admin import register_form
from academics.models import Attendance, ClassSession, ClosedDay
from academics.selectors import attendance_day as days
from academics.selectors import marks_changed
from academics.selectors import register as registers
from academics.services import register as service
from core import offices, written
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today

# Status -> the key that sets it, which is also its short form.
KEYS = [("present", "P"), ("absent", "A"), ("late", "L"), ("excused", "E")]
REPORT = "attendance_report_v1"
SQUARE = '<span class="reg__past reg__past--{}" title="{}: {}" aria-hidden="true">{}</span>'


class CancelForm(forms.Form):
    notes = forms.CharField(
        label=gettext_lazy("Reason, or other notes (optional)"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def get_session(session_id, find):
    """Return what `find` has of the session; Http404 if it is missing or not for this person."""
    try:
        return find(session_id)
    except ClassSession.DoesNotExist as error:
        raise Http404(_("There is no such session.")) from error


# --- the register of a session --------------------------------------------------------------------
@pages.page("register/<uuid:session_id>/", "register", pages.FORM, roles=offices.TEACHING)
def register(request, session_id):
    """Show the register of a session; POST saves it."""
    session = get_session(session_id, registers.meeting)
    refused = registers.refusal(session)
    if refused:
        if request.method == "POST":
            messages.error(request, refused)
            return redirect("admin:register", session.pk)
        return _page(request, session, [], {"refused": refused})
    lines = registers.roster(session)
    if request.method == "POST":
        return _save(request, session, lines)
    rows = register_form.offered(lines)
    return _page(request, session, rows, _taken(lines))


@pages.page("register/<uuid:session_id>/changes/", "register_changes", roles=offices.TEACHING)
def mark_changes(request, session_id):
    """Show who changed marks of the session, with old and new values."""
    session = get_session(session_id, registers.session_for)
    title = _("Changed marks: %(name)s") % {"name": session}
    context = {
        "session": session,
        "entries": marks_changed.of_marks(session.pk),
        "limit": marks_changed.MOST,
    }
    return pages.show(request, "academics/register/changes.html", title, context)


def _save(request, session, lines):
    form = register_form.Register(lines, request.POST)
    try:
        with explained():
            written = form.marks and service.save(
                session=session, marks=form.marks, by=request.user
            )
    except RefusedByDatabase as error:
        # What was chosen stays on the page, to be read or copied.
        is_there = ClassSession.objects.filter(pk=session.pk).exists()
        messages.error(request, str(error) if is_there else _deleted())
        return _page(request, session, form.rows, _taken(lines))
    if form.gone:
        messages.warning(request, _gone(form.gone))
    missed = form.wanted - set(written or ())
    if missed or form.clashes or form.errors:
        lines = registers.roster(session)
        form.settle(lines, missed)
    if not (form.clashes or form.errors):
        messages.success(request, register_form.saved_message(len(written or ())))
        return redirect("admin:register", session.pk)
    context = _taken(lines) | {
        "saved": len(written or ()),
        "clashes": form.clashes,
        "wrong_fields": [(f"note-{row.key}", row.line.name, row.error) for row in form.errors],
    }
    status = 409 if form.clashes else 200
    return _page(request, session, form.rows, context, status=status)


def _taken(lines):
    """Return texts about who took the register and who changed it last."""
    first, changed = registers.taken(lines)
    return {
        "taken": first
        and _taken_text(_("Taken by %(name)s, %(time)s"), _("Taken %(time)s"), first),
        "changed": changed
        and _taken_text(_("changed by %(name)s, %(time)s"), _("changed %(time)s"), changed),
    }


def _taken_text(named, unnamed, taking):
    text = named if taking.by else unnamed
    return text % {"name": taking.by, "time": register_form.moment(taking.at)}


def _deleted():
    return _("The session was deleted meanwhile; nothing was saved.")


def _gone(count):
    return ngettext(
        "%(n)d student is no longer on this register; nothing was saved for them.",
        "%(n)d students are no longer on this register; nothing was saved for them.",
        count,
    ) % {"n": count}


def _page(request, session, rows, context, status=200):
    if rows:
        dates, marks = registers.history(session)
        squares = _Squares(dates)
        for row in rows:
            row.history = squares.of(marks.get(row.line.student_id))
    title = _("Attendance: %(name)s") % {"name": session.class_name}
    context = {
        "session": session,
        "rows": rows,
        "choices": _choices(),
        "codes": attendance_settings.codes(),
        "counts": _counts(rows),
        "is_later": session.session_date == today()
        and session.start_time > timezone.localtime().time(),
        "timetable_url": _timetable(session),
        **dict.fromkeys(("refused", "taken", "changed", "saved", "clashes")),
        **context,
    }
    return pages.show(request, "academics/register/register.html", title, context, status)


def _choices():
    labels = _labels()
    return [(value, labels[value], key) for value, key in KEYS]


def _labels():
    return {value: str(label) for value, label in Attendance.Status.choices}


def _counts(rows):
    chosen = [row.status for row in rows]
    return [(value, label, chosen.count(value)) for value, label, _key in _choices()]


class _Squares:
    """The squares of the last sessions; one that many students have is drawn once."""

    def __init__(self, dates):
        self._days = [(written.text(day, "j M"), written.text(day, "D j M Y")) for day in dates]
        labels = _labels()
        self._marks = {value: (key, value, labels[value]) for value, key in KEYS}
        self._marks[None] = ("·", "none", _("no mark"))
        self._none = [None] * len(dates)
        self._drawn = {}

    def of(self, marks):
        """Return one student's (marks in words, squares as HTML); `marks` is None without any."""
        places = enumerate(marks or self._none)
        drawn = [self._drawn.get(place) or self._draw(*place) for place in places]
        return ", ".join(text for text, _square in drawn), mark_safe(  # noqa: S308 - format_html's
            "".join(square for _text, square in drawn)
        )

    def _draw(self, place, mark):
        (day, full), (letter, kind, label) = self._days[place], self._marks[mark]
        drawn = f"{day} {label}", format_html(SQUARE, kind, full, label, letter)
        self._drawn[place, mark] = drawn
        return drawn


def _timetable(session):
    """Return the address of the class's week in the timetable, or None."""
    year, week, _weekday = session.session_date.isocalendar()
    try:
        url = reverse("admin:timetable")
    except NoReverseMatch:
        return None
    return f"{url}?week={year}-W{week:02}&school_class={session.school_class_id}"


# --- a session that is not held -------------------------------------------------------------------
@pages.page(
    "register/<uuid:session_id>/cancel/", "register_cancel", pages.FORM, roles=offices.TEACHING
)
def cancel(request, session_id):
    """Ask whether a session is to be cancelled, and why; then cancel it."""
    session = get_session(session_id, registers.session_for)
    form = CancelForm(request.POST or None, initial={"notes": session.notes})
    if request.method == "POST" and form.is_valid():
        try:
            service.cancel(session=session, notes=form.cleaned_data["notes"])
        except service.Gone:
            messages.error(request, _deleted())
            return redirect(_timetable(session) or "admin:index")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The session is cancelled."))
        return redirect("admin:register", session.pk)
    context = {
        "session": session,
        "form": form,
        "is_taken": Attendance.objects.filter(class_session=session).exists(),
    }
    return pages.show(request, "academics/register/cancel.html", _("Cancel the session"), context)


@pages.page(
    "register/<uuid:session_id>/restore/", "register_restore", pages.POST, roles=offices.TEACHING
)
def restore(request, session_id):
    """Put a cancelled session back on the timetable."""
    session = get_session(session_id, registers.session_for)
    service.restore(session=session)
    messages.success(request, _("The session takes place after all."))
    return redirect("admin:register", session.pk)


# --- a day ----------------------------------------------------------------------------------------
@pages.page("attendance-day/", "attendance_day", roles=offices.TEACHING)
def attendance_day(request):
    """Show which sessions of a day have no attendance yet, and who was away."""
    asked = request.GET.get("day", "")
    day, wrong = chosen_day(asked)
    meetings = days.meetings(day)
    states = {state: [m for m in meetings if m.state == state] for state in days.STATES}
    context = {
        "day": day,
        "wrong": wrong and asked,
        "today": today(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "closed": ClosedDay.objects.on(day).first(),
        "meetings": meetings,
        "missing": states["missing"],
        "taken": states["taken"],
        "rest": [m for m in meetings if m.state not in ("missing", "taken")],
        "absentees": days.absentees(day),
        "report_url": f"{reverse('admin:report', args=[REPORT])}?from={day}&to={day}",
    }
    return pages.show(request, "academics/register/day.html", _("Attendance of the day"), context)


def chosen_day(text):
    """Return (the date asked for or today's, whether it was none)."""
    if not text:
        return today(), False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today(), True
    # A day before and after it must exist, too.
    return (day, False) if 1900 <= day.year <= 9000 else (today(), True)
