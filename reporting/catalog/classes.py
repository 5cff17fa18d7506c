"""Reports about classes, enrollment and teaching load."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models import Enrollment
from exchange.columns import Date, Integer, Number
from reporting.catalog import filters
from reporting.catalog.charts import Chart
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import (
    CLASS,
    CLASS_CODE,
    CLASSES,
    STUDENT,
    STUDENT_NUMBER,
    TEACHER,
    TERM,
    WEEKS,
)
from reporting.catalog.term_filter import PeriodTermFilter, TermFilter

FULLEST = 20

FULLEST_CLASSES = Chart(
    title=_("The fullest classes"),
    kind="bar",
    heading=_("Class"),
    select=f"""
        select class_name, fill_rate {{rows}}
         order by fill_rate desc, class_sort_name, id limit {FULLEST}""",
    series=((_("Filled"), "%"),),
)

CHANGES_BY_WEEK = Chart(
    title=_("Enrollments by week"),
    kind="bar",
    heading=_("Week from"),
    select=f"""
        select date_trunc('week', event_date::timestamp)::date,
               count(*) filter (where event = 'enrolled'),
               count(*) filter (where event = 'dropped')
          {{rows}} group by 1 order by 1 desc limit {WEEKS}""",
    series=((_("New"), ""), (_("Dropped"), "")),
    by_week=True,
    without=("event",),
)


class EnrollmentEvent(models.TextChoices):
    """The events of view_enrollment_changes."""

    ENROLLED = "enrolled", _("Enrolled")
    DROPPED = "dropped", _("Dropped")


REPORTS = [
    Report(
        name="class_enrollment",
        title=_("Class enrollment"),
        description=_("Who is, or was, enrolled in which class."),
        subject=CLASSES,
        view="view_class_enrollment_keyed",
        class_column="class_id",
        columns=(
            CLASS_CODE,
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            Column("level", _("Level"), nullable=True),
            STUDENT_NUMBER,
            Column("student_name", _("Student"), sorted_by="student_sort_name", nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("enrollment_date", _("Enrolled on"), Date()),
            Column("enrollment_status", _("Status"), choices=Enrollment.Status),
            Column("attendance_rate", _("Attendance rate"), Number(5), nullable=True, percent=True),
            Column("current_grade", _("Current grade"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
        ),
        filters=(
            TERM,
            STUDENT,
            CLASS,
            filters.Choice(
                name="status",
                column="enrollment_status",
                label=_("Status"),
                choices=Enrollment.Status,
            ),
            filters.DateRange(column="enrollment_date", label=_("Enrolled")),
        ),
        order="class_name",
        sorts={
            "class_name": ("student_name",),
            "student_name": ("class_name",),
            "enrollment_date": ("class_name", "student_name"),
            "attendance_rate": ("class_name", "student_name"),
        },
    ),
    Report(
        name="class_fill",
        title=_("Class fill"),
        description=_(
            "Seats of every active class: enrolled, capacity and seats left; and whether it is held"
            " now, coming or over."
        ),
        subject=CLASSES,
        view="view_class_fill",
        chart=FULLEST_CLASSES,
        class_column="class_id",
        columns=(
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            Column("class_code", _("Code"), nullable=True),
            Column("level", _("Level"), nullable=True),
            Column("subject", _("Subject"), nullable=True),
            Column("teacher_name", _("Teacher"), sorted_by="teacher_sort_name", nullable=True),
            Column("enrolled", _("Enrolled"), Integer()),
            Column("capacity", _("Capacity"), Integer()),
            Column("seats_left", _("Seats left"), Integer()),
            Column("fill_rate", _("Filled"), Number(5, 1), percent=True),
            Column("start_date", _("First day"), Date()),
            Column("end_date", _("Last day"), Date(), nullable=True),
            Column("state", _("State")),
        ),
        filters=(
            TermFilter(period=""),
            CLASS,
            TEACHER,
            filters.Text(name="subject", column="subject", label=_("Subject")),
            filters.Text(name="level", column="level", label=_("Level")),
            filters.Flag(name="full", column="seats_left = 0", label=_("Full classes only")),
        ),
        order="class_name",
        sorts={
            "class_name": (),
            "subject": ("class_name",),
            "teacher_name": ("class_name",),
            "enrolled": ("class_name",),
            "seats_left": ("class_name",),
            "fill_rate": ("class_name",),
            "start_date": ("class_name",),
        },
    ),
    Report(
        name="teacher_load",
        title=_("Teacher load"),
        description=_(
            "What each teacher carries today: classes that are held, students and weekly hours; and"
            " the sessions of a period."
        ),
        subject=CLASSES,
        view="view_teacher_load",
        columns=(
            Column("teacher_name", _("Teacher"), sorted_by="teacher_sort_name"),
            Column("teacher_email", _("Teacher e-mail"), hidden=True),
            Column("classes", _("Classes today"), Integer()),
            Column("students", _("Students"), Integer()),
            Column("weekly_hours", _("Hours a week"), Number(7)),
            Column("sessions", _("Sessions in the period"), Integer()),
            Column("session_hours", _("Hours in the period"), Number(9)),
        ),
        filters=(
            PeriodTermFilter(period="last_12_weeks"),
            filters.Period(label=_("Period"), default="last_12_weeks"),
            TEACHER,
        ),
        order="teacher_name",
        sorts={
            "teacher_name": (),
            "classes": ("teacher_name",),
            "students": ("teacher_name",),
            "weekly_hours": ("teacher_name",),
            "sessions": ("teacher_name",),
        },
        summarizes=True,
    ),
    Report(
        name="enrollment_changes",
        title=_("New and dropped enrollments"),
        description=_("Who came to a class and who left one, day by day."),
        subject=CLASSES,
        view="view_enrollment_changes",
        chart=CHANGES_BY_WEEK,
        class_column="class_id",
        columns=(
            Column("event_date", _("Date"), Date()),
            Column("event", _("What"), choices=EnrollmentEvent),
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            Column("class_code", _("Code"), nullable=True),
            STUDENT_NUMBER,
            Column("student_name", _("Student"), sorted_by="student_sort_name", nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
            Column("enrollment_date", _("Enrolled on"), Date(), hidden=True),
        ),
        filters=(
            TermFilter(period="last_12_weeks"),
            filters.DateRange(column="event_date", label=_("Date"), default="last_12_weeks"),
            filters.Choice(name="event", column="event", label=_("What"), choices=EnrollmentEvent),
            STUDENT,
            CLASS,
        ),
        order="-event_date",
        sorts={
            "event_date": ("class_name", "student_name"),
            "class_name": ("event_date", "student_name"),
            "student_name": ("event_date", "class_name"),
        },
    ),
]
