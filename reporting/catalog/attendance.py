"""Reports about attendance."""

from django.utils.translation import gettext_lazy as _

from academics.models import Attendance
from exchange.columns import Date, Integer, Number, Time, YesNo
from reporting.catalog import filters
from reporting.catalog.charts import Chart
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import (
    ATTENDANCE,
    CLASS,
    CLASS_CODE,
    STUDENT,
    STUDENT_NUMBER,
    TEACHER,
    TERM,
    WEEKS,
)
from reporting.catalog.term_filter import PeriodTermFilter, TermFilter

ATTENDANCE_BY_WEEK = Chart(
    title=_("Attendance rate by week"),
    kind="line",
    heading=_("Week from"),
    select=f"""
        select date_trunc('week', session_date::timestamp)::date,
               round(app.attendance_rate(count(*) filter (where attendance_status = 'present'),
                                         count(*) filter (where attendance_status = 'absent'),
                                         count(*) filter (where attendance_status = 'late')), 1),
               count(*)
          {{rows}} group by 1 order by 1 desc limit {WEEKS}""",
    series=((_("Present or late"), "%"), (_("Records"), "")),
    by_week=True,
    period="last_12_weeks",
    without=("status",),  # the rate of the absent would be 0%
)

# What is counted of each student: sessions, or days.
WHO_MISSED = (
    STUDENT_NUMBER,
    Column("student_name", _("Student"), sorted_by="student_sort_name", nullable=True),
    Column("student_email", _("Student e-mail"), hidden=True, nullable=True),
)
TALLY = (
    Column("present", _("Present"), Integer()),
    Column("absent", _("Absent"), Integer()),
    Column("late", _("Late"), Integer()),
    Column("excused", _("Excused"), Integer()),
    Column("attendance_rate", _("Attendance rate"), Number(5), nullable=True, percent=True),
    Column("missed_rate", _("Missed"), Number(5), percent=True),
    Column("is_chronic", _("Chronic absentee"), YesNo()),
)
BY_TALLY = dict.fromkeys(
    ("absent", "late", "excused", "attendance_rate", "missed_rate"), ("student_name",)
)
CHRONIC = filters.Flag(name="chronic", column="is_chronic", label=_("Chronic absentees only"))

REPORTS = [
    Report(
        name="attendance_report",
        title=_("Attendance report"),
        description=_("Every attendance record with its date, class and people."),
        subject=ATTENDANCE,
        view="view_attendance_report_keyed",
        chart=ATTENDANCE_BY_WEEK,
        class_column="class_id",
        columns=(
            Column("session_date", _("Date"), Date()),
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            CLASS_CODE,
            Column("student_name", _("Student"), sorted_by="student_sort_name", nullable=True),
            STUDENT_NUMBER,
            Column("attendance_status", _("Status"), choices=Attendance.Status),
            Column("notes", _("Notes"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
        ),
        filters=(
            TERM,
            STUDENT,
            CLASS,
            filters.Choice(
                name="status",
                column="attendance_status",
                label=_("Status"),
                choices=Attendance.Status,
            ),
            filters.DateRange(column="session_date", label=_("Date")),
        ),
        order="-session_date",
        sorts={"session_date": ("class_name", "student_name")},
    ),
    Report(
        name="attendance_summary",
        title=_("Attendance summary"),
        description=_(
            "Attendance of each student over a period: rate, absences, lates, and the chronic"
            " absentees, who missed 10% or more of their sessions, excused or not."
        ),
        subject=ATTENDANCE,
        view="view_attendance_summary",
        columns=(
            *WHO_MISSED,
            Column("sessions", _("Sessions"), Integer()),
            *TALLY,
        ),
        filters=(
            PeriodTermFilter(period="last_12_weeks"),
            filters.Period(label=_("Period"), default="last_12_weeks"),
            STUDENT,
            filters.Attending(
                name="class",
                column="student_id",
                label=_("Students of the class"),
                help_text=_("Part of the name or code; counts their sessions in all classes."),
            ),
            CHRONIC,
        ),
        order="student_name",
        sorts={"student_name": (), "sessions": ("student_name",), **BY_TALLY},
        summarizes=True,
    ),
    Report(
        name="attendance_days",
        title=_("Days of attendance"),
        description=_(
            "On how many days each student was at school. The day's register counts where there is"
            " one; else the lessons of the day: present is who came to any of them."
        ),
        subject=ATTENDANCE,
        view="view_days_summary",
        columns=(
            *WHO_MISSED,
            Column("days", _("Days"), Integer()),
            *TALLY,
        ),
        filters=(
            filters.Period(label=_("Period"), default="last_12_weeks"),
            STUDENT,
            filters.Attending(
                name="class",
                column="student_id",
                label=_("Students of the class"),
                help_text=_("Part of the name or code."),
            ),
            CHRONIC,
        ),
        order="student_name",
        sorts={"student_name": (), "days": ("student_name",), **BY_TALLY},
        summarizes=True,
    ),
    Report(
        name="missing_registers",
        title=_("Missing registers"),
        description=_("Sessions that were held and whose attendance nobody recorded."),
        subject=ATTENDANCE,
        view="view_missing_registers",
        class_column="class_id",
        columns=(
            Column("session_date", _("Date"), Date()),
            Column("start_time", _("From"), Time()),
            Column("end_time", _("To"), Time()),
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            Column("class_code", _("Code"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
            Column("enrolled_count", _("Enrolled"), Integer()),
            Column("days_ago", _("Days ago"), Integer()),
        ),
        filters=(
            TermFilter(period="last_12_weeks"),
            filters.DateRange(column="session_date", label=_("Date"), default="last_12_weeks"),
            CLASS,
            TEACHER,
        ),
        order="-session_date",
        sorts={"session_date": ("start_time", "class_name")},
    ),
]
