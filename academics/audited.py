"""The app's rows in the audit trail and in searches: kind -> model, and what a row is called by."""

from core import search
from core.audit import changes

STUDENT_AND_CLASS = ["student__name", "school_class__name"]
STUDENT_AND_WORK = ["student__name", "assignment__title"]

changes.register(
    {
        "academic_year": ("academics.AcademicYear", ["name"]),
        "term": ("academics.Term", ["name"]),
        "closed_day": ("academics.ClosedDay", ["name"]),
        "grading_scale": ("academics.GradingScale", ["name"]),
        "assignment_weight": ("academics.AssignmentWeight", ["school_class__name", "type"]),
        "attachment_file": ("academics.AttachmentFile", ["filename"]),
        "waitlist_entry": ("academics.WaitlistEntry", STUDENT_AND_CLASS),
        "class": ("academics.SchoolClass", ["name"]),
        "schedule": ("academics.Schedule", ["school_class__name"]),
        "enrollment": ("academics.Enrollment", STUDENT_AND_CLASS),
        "class_session": ("academics.ClassSession", ["school_class__name", "session_date"]),
        "attendance": (
            "academics.Attendance",
            ["student__name", "class_session__school_class__name", "class_session__session_date"],
        ),
        "daily_attendance": ("academics.DailyAttendance", ["student__name", "day"]),
        "absence": ("academics.Absence", ["student__name", "reason", "starts_on"]),
        "absence_call": ("academics.AbsenceCall", ["student__name", "day"]),
        "student_merge": ("academics.StudentMerge", ["kept__name", "merged__name"]),
        "application": ("academics.Application", ["first_name", "last_name"]),
        "application_document": (
            "academics.ApplicationDocument",
            ["filename", "application__first_name", "application__last_name"],
        ),
        "assignment": ("academics.Assignment", ["title", "school_class__name"]),
        "submission": ("academics.Submission", STUDENT_AND_WORK),
        "grade": ("academics.Grade", STUDENT_AND_WORK),
    },
    searched_by_name=["academic_year", "term", "closed_day", "grading_scale"],
)
search.register("search_classes", "app.search_classes", "class")
search.register("search_assignments", "app.search_assignments", "assignment")
