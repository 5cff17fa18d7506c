"""A person's sessions as an iCalendar file (RFC 5545), in the school's time zone.

The file changes only when the lessons do (its time stamps are the rows' own), so that a calendar
program sees by its digest that nothing is new. Teachers get the classes they teach, students those
they attend, guardians those of their children, with the child's name.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from academics.selectors import timetable
from core.models import User

WEEKS_BACK, WEEKS_AHEAD = 4, 26
REFRESH = timedelta(hours=1)
# Characters that a text of such a file may not contain, or that some programs take for a line end.
UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True)
class Appointment:
    """A lesson in somebody's calendar; `child` is named to a guardian."""

    lesson: timetable.Lesson
    child: User | None = None

    @property
    def uid(self):
        """The appointment's permanent id, different for each child of a class."""
        child = f".{self.child.pk}" if self.child else ""
        return f"{self.lesson.session.pk}{child}@class-sessions"


def calendar_of(user, tenant):
    """Return the bytes of the person's calendar; runs in that person's context."""
    monday = timetable.monday_of(tenant.today())
    span = (monday - WEEKS_BACK * timetable.WEEK, monday + WEEKS_AHEAD * timetable.WEEK)
    file = Calendar()
    file.add("prodid", "-//School//Timetable//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    # The library does not escape the text of a property that is not in the RFC.
    file.add("x-wr-calname", vText(" ".join(_plain(f"{tenant.name} – {user.name}").split())))
    file.add("x-wr-timezone", str(tenant.timezone))
    file.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", "PT1H")
    for appointment in appointments(user, *span):
        file.add_component(_event(appointment, tenant.timezone))
    file.add_missing_timezones(first_date=span[0] - timetable.WEEK, last_date=span[1])
    return file.to_ical()


def appointments(user, first, last):
    """Return the `Appointment`s of a person from the first day to the last."""
    if user.is_staff:
        lessons = timetable.lessons(first, last, timetable.Scope(teacher=user))
        return [Appointment(lesson) for lesson in lessons]
    students = list(User.objects.students()) if user.is_guardian else [user]
    places = timetable.enrolled(students)
    teachers = timetable.teachers_of_own_classes()
    names = {student.pk: student for student in students}
    appointments = []
    for lesson in timetable.lessons(first, last, timetable.Scope(), places=places):
        lesson.teacher = teachers.get(lesson.school_class.pk, "")
        for student in timetable.attends(places, lesson.school_class.pk, lesson.day):
            appointments.append(Appointment(lesson, names[student] if user.is_guardian else None))
    return appointments


def _event(appointment, zone):
    lesson = appointment.lesson
    event = Event()
    event.add("uid", appointment.uid)
    event.add("summary", _plain(_summary(appointment)))
    event.add("dtstart", _at(lesson.day, lesson.start, zone))
    event.add("dtend", _at(lesson.day, lesson.end, zone))
    changed = max(lesson.session.updated_at, lesson.school_class.updated_at).astimezone(UTC)
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("status", "CANCELLED" if lesson.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if lesson.cancelled else "OPAQUE")
    if lesson.room:
        event.add("location", _plain(lesson.room))
    described = "\n".join(filter(None, [lesson.topic, lesson.teacher]))
    if described:
        event.add("description", _plain(described))
    return event


def _plain(text):
    return UNPRINTABLE.sub(" ", text.replace("\r\n", "\n"))


def _summary(appointment):
    name = str(appointment.lesson.school_class)
    if appointment.child:
        name = _("%(child)s: %(lesson)s") % {"child": appointment.child.name, "lesson": name}
    # Some programs show a cancelled appointment like any other.
    return _("Cancelled: %s") % name if appointment.lesson.cancelled else name


def _at(day, time, zone):
    return datetime.combine(day, time, tzinfo=zone if str(zone) != "UTC" else UTC)
