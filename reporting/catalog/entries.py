"""The reports. A new one is a view in reporting/sql/ and an entry here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models import Assignment, Attendance, Enrollment
from core.admin import changes
from core.exchange.columns import Date, Integer, Moment, Number, Time, YesNo
from core.models import User
from finance.models import Invoice, Payment
from reporting.catalog import filters
from reporting.catalog.charts import Chart
from reporting.catalog.report import OFFICE, Column, Report

PEOPLE, CLASSES, ATTENDANCE = _("People"), _("Classes"), _("Attendance")
GRADES, MONEY, RECORDS = _("Grades"), _("Money"), _("Records")

STUDENT = filters.Person(
    name="student",
    column="student_id",
    label=_("Student"),
    help_text=_("Part of the name or e-mail."),
)
CLASS = filters.Class(
    name="class", column="class_id", label=_("Class"), help_text=_("Part of the name or code.")
)

TEACHER = filters.Person(
    name="teacher",
    column="teacher_id",
    label=_("Teacher"),
    help_text=_("Part of the name or e-mail."),
)
TERM = filters.Term()

# A year of weeks at most, whatever the dates: a chart of more says nothing to the eye.
WEEKS = 53

ATTENDANCE_BY_WEEK = Chart(
    title=_("Attendance rate by week"),
    kind="line",
    heading=_("Week from"),
    select=f"""
        select date_trunc('week', session_date::timestamp)::date,
               round(100.0 * count(*) filter (where attendance_status in ('present', 'late'))
                     / nullif(count(*) filter (where attendance_status <> 'excused'), 0), 1),
               count(*)
          {{rows}} group by 1 order by 1 desc limit {WEEKS}""",
    series=((_("Present or late"), "%"), (_("Records"), "")),
    by_week=True,
    period="last_12_weeks",
    without=("status",),  # the rate of the absent would be 0%
)
GRADE_HISTOGRAM = Chart(
    title=_("Grades by band"),
    kind="bar",
    heading=_("Percent"),
    select="""
        select v.place, v.grades
          from (select sum(band_0) as e, sum(band_60) as d, sum(band_70) as c, sum(band_80) as b,
                       sum(band_90) as a {rows}) s
         cross join lateral (values (0, s.e), (1, s.d), (2, s.c), (3, s.b), (4, s.a))
                         v(place, grades)
         where s.a is not null order by v.place""",
    series=((_("Grades"), ""),),
    labels=(_("Below 60%"), "60–69%", "70–79%", "80–89%", _("90% and more")),
    period="last_12_weeks",
)
FULLEST = 20
FULLEST_CLASSES = Chart(
    title=_("The fullest classes"),
    kind="bar",
    heading=_("Class"),
    select=f"""
        select class_name, fill_rate {{rows}}
         order by fill_rate desc, class_name, id limit {FULLEST}""",
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
    """What view_enrollment_changes tells of."""

    ENROLLED = "enrolled", _("Enrolled")
    DROPPED = "dropped", _("Dropped")


class AuditKinds:
    """What the audit trail tells of, by the names of core.admin.changes."""

    values = list(changes.KINDS)

    @property
    def choices(self):
        return [(kind, changes.kind_name(kind)) for kind in self.values]

    @property
    def labels(self):
        return [label for _value, label in self.choices]


class AuditActions:
    """What happened to a row of those kinds, by the names that the audit triggers give it."""

    @property
    def choices(self):
        return [
            (f"{kind}_{verb}", f"{changes.kind_name(kind)} {done}")
            for kind in changes.KINDS
            for verb, done in changes.VERBS.items()
        ]


REPORTS = [
    Report(
        name="user_roster",
        title=_("User roster"),
        description=_("Everybody of the school, with role, status and last sign-in."),
        subject=PEOPLE,
        view="view_user_roster",
        columns=(
            Column("id", _("ID"), hidden=True),
            Column("email", _("E-mail")),
            Column("name", _("Name")),
            Column("role", _("Role"), choices=User.Role),
            Column("status", _("Status"), choices=User.Status),
            Column("created_at", _("Created"), Moment()),
            Column("last_login", _("Last sign-in"), Moment(), nullable=True),
        ),
        filters=(
            filters.Person(
                name="person",
                column="id",
                label=_("Person"),
                help_text=_("Part of the name or e-mail."),
            ),
            filters.Choice(name="role", column="role", label=_("Role"), choices=User.Role),
            filters.Choice(name="status", column="status", label=_("Status"), choices=User.Status),
            filters.DateRange(column="created_at", label=_("Created"), moments=True),
        ),
        order="name",
        sorts={"name": (), "email": (), "created_at": (), "last_login": ("name",)},
    ),
    Report(
        name="class_enrollment",
        title=_("Class enrollment"),
        description=_("Who is, or was, enrolled in which class."),
        subject=CLASSES,
        view="view_class_enrollment_keyed",
        class_column="class_id",
        columns=(
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("level", _("Level"), nullable=True),
            Column("student_id", _("Student ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
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
        name="attendance_report",
        title=_("Attendance report"),
        description=_("Every attendance record with its date, class and people."),
        subject=ATTENDANCE,
        view="view_attendance_report_keyed",
        chart=ATTENDANCE_BY_WEEK,
        class_column="class_id",
        columns=(
            Column("session_date", _("Date"), Date()),
            Column("class_name", _("Class")),
            Column("class_id", _("Class ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
            Column("student_id", _("Student ID"), hidden=True),
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
            Column("student_id", _("Student ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), hidden=True, nullable=True),
            Column("sessions", _("Sessions"), Integer()),
            Column("present", _("Present"), Integer()),
            Column("absent", _("Absent"), Integer()),
            Column("late", _("Late"), Integer()),
            Column("excused", _("Excused"), Integer()),
            Column("attendance_rate", _("Attendance rate"), Number(5), nullable=True, percent=True),
            Column("missed_rate", _("Missed"), Number(5), percent=True),
            Column("is_chronic", _("Chronic absentee"), YesNo()),
        ),
        filters=(
            filters.PeriodTerm(period="last_12_weeks"),
            filters.Period(label=_("Period"), default="last_12_weeks"),
            STUDENT,
            filters.Attending(
                name="class",
                column="student_id",
                label=_("Students of the class"),
                help_text=_("Part of the name or code; counts their sessions in all classes."),
            ),
            filters.Flag(name="chronic", column="is_chronic", label=_("Chronic absentees only")),
        ),
        order="student_name",
        sorts={
            "student_name": (),
            "sessions": ("student_name",),
            "absent": ("student_name",),
            "late": ("student_name",),
            "excused": ("student_name",),
            "attendance_rate": ("student_name",),
            "missed_rate": ("student_name",),
        },
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
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("class_code", _("Code"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
            Column("enrolled_count", _("Enrolled"), Integer()),
            Column("days_ago", _("Days ago"), Integer()),
        ),
        filters=(
            filters.Term(period="last_12_weeks"),
            filters.DateRange(column="session_date", label=_("Date"), default="last_12_weeks"),
            CLASS,
            TEACHER,
        ),
        order="-session_date",
        sorts={"session_date": ("start_time", "class_name")},
    ),
    Report(
        name="grade_distribution",
        title=_("Grade distribution"),
        description=_(
            "How the grades of each assignment spread: mean, lowest and highest in percent, how"
            " many in each band, and by letter."
        ),
        subject=GRADES,
        view="view_grade_distribution",
        chart=GRADE_HISTOGRAM,
        class_column="class_id",
        columns=(
            Column("due_date", _("Due on"), Date()),
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("assignment_title", _("Assignment")),
            Column("assignment_type", _("Type"), choices=Assignment.Type),
            Column("teacher_name", _("Teacher"), hidden=True, nullable=True),
            Column("grades", _("Grades"), Integer()),
            Column("mean", _("Mean"), Number(5), nullable=True, percent=True),
            Column("lowest", _("Lowest"), Number(5), nullable=True, percent=True),
            Column("highest", _("Highest"), Number(5), nullable=True, percent=True),
            Column("band_90", _("90% and more"), Integer()),
            Column("band_80", _("80–89%"), Integer()),
            Column("band_70", _("70–79%"), Integer()),
            Column("band_60", _("60–69%"), Integer()),
            Column("band_0", _("Below 60%"), Integer()),
            Column("letters", _("Letters"), nullable=True),
        ),
        filters=(
            TERM,
            CLASS,
            filters.Assignment(
                name="assignment",
                column="id",
                label=_("Assignment"),
                help_text=_("Part of the title."),
            ),
            filters.Choice(
                name="type", column="assignment_type", label=_("Type"), choices=Assignment.Type
            ),
            filters.DateRange(column="due_date", label=_("Due")),
        ),
        order="-due_date",
        sorts={"due_date": ("class_name", "assignment_title")},
    ),
    Report(
        name="class_fill",
        title=_("Class fill"),
        description=_("Seats of every active class: enrolled, capacity and seats left."),
        subject=CLASSES,
        view="view_class_fill",
        chart=FULLEST_CLASSES,
        class_column="class_id",
        columns=(
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("class_code", _("Code"), nullable=True),
            Column("level", _("Level"), nullable=True),
            Column("subject", _("Subject"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
            Column("enrolled", _("Enrolled"), Integer()),
            Column("capacity", _("Capacity"), Integer()),
            Column("seats_left", _("Seats left"), Integer()),
            Column("fill_rate", _("Filled"), Number(5, 1), percent=True),
            Column("start_date", _("First day"), Date()),
            Column("end_date", _("Last day"), Date(), nullable=True),
        ),
        filters=(
            filters.Term(period=""),
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
            "What each teacher carries today: active classes, students and weekly hours; and the"
            " sessions of a period."
        ),
        subject=CLASSES,
        view="view_teacher_load",
        columns=(
            Column("teacher_id", _("Teacher ID"), hidden=True),
            Column("teacher_name", _("Teacher")),
            Column("teacher_email", _("Teacher e-mail"), hidden=True),
            Column("classes", _("Active classes"), Integer()),
            Column("students", _("Students"), Integer()),
            Column("weekly_hours", _("Hours a week"), Number(7)),
            Column("sessions", _("Sessions in the period"), Integer()),
            Column("session_hours", _("Hours in the period"), Number(9)),
        ),
        filters=(
            filters.PeriodTerm(period="last_12_weeks"),
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
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("class_code", _("Code"), nullable=True),
            Column("student_id", _("Student ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
            Column("enrollment_date", _("Enrolled on"), Date(), hidden=True),
        ),
        filters=(
            filters.Term(period="last_12_weeks"),
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
    Report(
        name="payment_ledger",
        title=_("Payment ledger"),
        description=_("Every payment with its invoice."),
        subject=MONEY,
        view="view_payment_ledger_keyed",
        columns=(
            Column("payment_date", _("Paid on"), Date()),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("amount", _("Amount"), Number()),
            Column("currency", _("Currency")),
            Column("payment_method", _("Method"), choices=Payment.Method),
            Column("invoice_number", _("Invoice number"), nullable=True),
            Column("invoice_status", _("Invoice status"), choices=Invoice.Status),
            Column("transaction_id", _("Transaction id"), nullable=True),
        ),
        filters=(
            STUDENT,
            filters.Invoice(
                name="invoice",
                column="invoice_id",
                label=_("Invoice"),
                help_text=_("Part of the invoice number."),
            ),
            filters.Choice(
                name="method",
                column="payment_method",
                label=_("Method"),
                choices=Payment.Method,
            ),
            filters.Choice(
                name="status",
                column="invoice_status",
                label=_("Invoice status"),
                choices=Invoice.Status,
            ),
            filters.DateRange(column="payment_date", label=_("Paid")),
        ),
        roles=OFFICE,
        order="-payment_date",
        sorts={"payment_date": ()},
    ),
    Report(
        name="audit_trail",
        title=_("Audit trail"),
        description=_("Who changed what, and from what to what."),
        subject=RECORDS,
        view="view_audit_trail",
        columns=(
            Column("timestamp", _("Time"), Moment()),
            Column("user_name", _("Person"), nullable=True),
            Column("user_email", _("E-mail"), hidden=True, nullable=True),
            Column("action", _("Action"), choices=AuditActions()),
            Column("resource_type", _("Kind"), choices=AuditKinds(), hidden=True, nullable=True),
            Column("resource_id", _("ID"), hidden=True, nullable=True),
            Column("changes", _("Changes"), nullable=True),
            Column("ip_address", _("From address"), nullable=True),
        ),
        filters=(
            filters.DateRange(column="timestamp", label=_("Date"), moments=True),
            filters.Person(
                name="person",
                column="user_id",
                label=_("Person"),
                help_text=_("Part of the name or e-mail of who did it."),
            ),
            filters.Choice(
                name="kind", column="resource_type", label=_("Kind"), choices=AuditKinds()
            ),
        ),
        roles=OFFICE,
        order="-timestamp",
        sorts={"timestamp": ()},
    ),
]
