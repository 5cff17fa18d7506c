"""The attendance register of a session, and the office's view of a day."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from academics.admin import register_sheet
from academics.models import Attendance, ClassSession, ClosedDay
from academics.selectors import attendance_day as days
from academics.selectors import daily_register, marks_changed
from academics.selectors import register as registers
from academics.services import register as service
from core import offices
from core.admin import pages
from core.defaults import today

REPORT = "attendance_report_v1"


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
    sheet = SessionSheet(get_session(session_id, registers.meeting))
    return register_sheet.answer(request, sheet, registers.refusal(sheet.session))


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


class SessionSheet(register_sheet.Sheet):
    """The register of a session."""

    template = "academics/register/register.html"

    def __init__(self, session):
        self.session = session

    def lines(self):
        return registers.roster(self.session)

    def history(self):
        return registers.history(self.session)

    def save(self, marks, by):
        return service.save(session=self.session, marks=marks, by=by)

    def explain(self, error):
        is_there = ClassSession.objects.filter(pk=self.session.pk).exists()
        return str(error) if is_there else _deleted()

    def url(self):
        return reverse("admin:register", args=[self.session.pk])

    def title(self):
        return _("Attendance: %(name)s") % {"name": self.session.class_name}

    def context(self):
        return {
            "session": self.session,
            "is_later": self.session.session_date == today()
            and self.session.start_time > timezone.localtime().time(),
            "timetable_url": _timetable(self.session),
            "past": _("Last sessions"),
        }


def _deleted():
    return _("The session was deleted meanwhile; nothing was saved.")


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
    closed = ClosedDay.objects.on(day).first()
    states = {state: [m for m in meetings if m.state == state] for state in days.STATES}
    context = {
        "day": day,
        "wrong": wrong and asked,
        "today": today(),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "closed": closed,
        "registers": daily_register.groups_of(request.user, day, is_closed=closed is not None),
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
