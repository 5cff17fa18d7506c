"""Tables about the person's classes, as a student or as a teacher."""

from django.db.models import Count, Max, Min
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from academics.models import (
    Absence,
    AbsenceCall,
    Application,
    ApplicationDocument,
    AttachmentFile,
    Attendance,
    DailyAttendance,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    WaitlistEntry,
)
from finance.models import Payment
from school.person_file.table import Listed, Table

CLASSES_ATTENDED = Listed(
    "classes-attended",
    _("Classes attended"),
    Enrollment,
    key="student",
    order=("enrollment_date",),
    columns=[
        ("school_class__name", _("Class")),
        "school_class__code",
        "school_class__subject",
        "school_class__level",
        ("school_class__teacher__name", _("Teacher")),
        "enrollment_date",
        "completion_date",
        "status",
        ("attendance_rate", _("Attendance rate (%)")),
        "current_grade",
        "report_comment",
    ],
)
WAITLISTS = Listed(
    "waitlists",
    _("Waiting for a seat"),
    WaitlistEntry,
    key="student",
    order=("queued_at",),
    columns=[
        ("school_class__name", _("Class")),
        "queued_at",
        "status",
        "decided_at",
    ],
)
CLASSES_TAUGHT = Listed(
    "classes-taught",
    _("Classes taught"),
    SchoolClass,
    key="teacher",
    order=("start_date",),
    columns=[
        ("name", _("Class")),
        "code",
        "subject",
        "level",
        "description",
        "schedule_description",
        "start_date",
        "end_date",
        "status",
        "enrolled_count",
    ],
)
ATTENDANCE = Listed(
    "attendance",
    _("Attendance"),
    Attendance,
    key="student",
    order=("class_session__session_date", "class_session__start_time"),
    columns=[
        "class_session__session_date",
        "class_session__start_time",
        ("class_session__school_class__name", _("Class")),
        "class_session__topic",
        "status",
        "notes",
        "recorded_at",
        "minutes_late",
        "code",
    ],
)
DAYS = Listed(
    "daily-attendance",
    _("Attendance of days"),
    DailyAttendance,
    key="student",
    order=("day",),
    columns=["day", "status", "notes", "recorded_at", "minutes_late", "code"],
)
ABSENCES = Listed(
    "absences",
    _("Absences"),
    Absence,
    key="student",
    order=("starts_on",),
    columns=[
        "starts_on",
        "ends_on",
        "starts_at",
        "ends_at",
        "reason",
        "note",
        "filename",
        "source",
        "status",
        "decided_at",
    ],
)
CALLS = Listed(
    "calls-about-absences",
    _("Calls about absences"),
    AbsenceCall,
    key="student",
    order=("created_at",),
    columns=["day", ("created_at", _("Called")), "outcome", "spoken_to", "note"],
)
APPLICATIONS = Listed(
    "applications",
    _("Applications to come to the school"),
    Application,
    key="student",
    order=("received_at",),
    columns=[
        "received_at",
        "source",
        "status",
        "decided_at",
        "first_name",
        "last_name",
        "birth_date",
        "entry_date",
        "level",
        "record",
        "guardian_name",
        "guardian_relation",
        "guardian_email",
        "guardian_phone",
        "message",
        "notes",
        "documents_asked",
    ],
)
APPLICATION_DOCUMENTS = Listed(
    "documents-of-applications",
    _("Documents of applications"),
    ApplicationDocument,
    key="application__student",
    order=("created_at",),
    columns=["filename", "content_type", "size", ("created_at", _("Uploaded"))],
)
ASSIGNMENTS_AND_SUBMISSIONS = Listed(
    "assignments-and-submissions",
    _("Assignments and what was handed in"),
    Submission,
    key="student",
    order=("submitted_at",),
    columns=[
        ("assignment__title", _("Assignment")),
        ("assignment__school_class__name", _("Class")),
        "assignment__type",
        "assignment__assigned_date",
        "assignment__due_date",
        "submitted_at",
        "status",
        "content",
        "attachments",
    ],
)
FILES_HANDED_IN = Listed(
    "files-handed-in",
    _("Files handed in"),
    AttachmentFile,
    key="student",
    order=("created_at",),
    columns=[
        ("assignment__title", _("Assignment")),
        "filename",
        "content_type",
        "size",
        ("created_at", _("Uploaded")),
    ],
)
GRADES = Listed(
    "grades",
    _("Grades"),
    Grade,
    key="student",
    order=("graded_at",),
    columns=[
        ("assignment__title", _("Assignment")),
        ("assignment__school_class__name", _("Class")),
        "score",
        "assignment__max_score",
        "grade",
        "excused",
        "feedback",
        "graded_at",
    ],
)


def work_recorded(person):
    for model, who, when in (
        (Attendance, "recorded_by", "recorded_at"),
        (DailyAttendance, "recorded_by", "recorded_at"),
        (Grade, "graded_by", "graded_at"),
        (Payment, "recorded_by", "created_at"),
    ):
        totals = model.all_objects.filter(**{who: person}).aggregate(
            number=Count("pk"), first=Min(when), last=Max(when)
        )
        if totals["number"]:
            name = capfirst(str(model._meta.verbose_name_plural))
            yield [name, totals["number"], totals["first"], totals["last"]]


WORK_RECORDED = Table(
    "work-recorded",
    _("Work recorded for others (numbers only)"),
    (_("What"), _("How many"), _("First"), _("Last")),
    work_recorded,
)
