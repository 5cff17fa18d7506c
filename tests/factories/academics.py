"""Rows of academics: classes, and what happens in them."""

from datetime import date, time
from decimal import Decimal

from academics.models import (
    Absence,
    AbsenceCall,
    AcademicYear,
    Application,
    ApplicationDocument,
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Attendance,
    ClassSession,
    ClosedDay,
    DailyAttendance,
    Enrollment,
    Grade,
    GradingScale,
    Schedule,
    SchoolClass,
    StudentMerge,
    Submission,
    Term,
    WaitlistEntry,
)
from tests.factories.factory import Factory

academic_year = Factory(
    AcademicYear,
    name=lambda n: f"Year {n}",
    start_date=date(2030, 8, 1),
    end_date=date(2031, 7, 31),
)
term = Factory(
    Term, name=lambda n: f"Term {n}", start_date=date(2025, 8, 1), end_date=date(2025, 12, 31)
)
closed_day = Factory(
    ClosedDay, name="Holiday", start_date=date(2030, 1, 1), end_date=date(2030, 1, 1)
)
grading_scale = Factory(
    GradingScale, name=lambda n: f"Scale {n}", steps=[["Pass", 50], ["Fail", 0]]
)
school_class = Factory(SchoolClass, name=lambda n: f"Class {n}", start_date=date(2026, 1, 5))
schedule = Factory(Schedule, weekday=3, start_time=time(10), end_time=time(11))
enrollment = Factory(Enrollment)
waitlist_entry = Factory(WaitlistEntry)
class_session = Factory(
    ClassSession, session_date=date(2026, 3, 1), start_time=time(10), end_time=time(11)
)
attendance = Factory(Attendance, status="present")
absence = Factory(Absence, starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 11), reason="Ill")
student_merge = Factory(StudentMerge)
daily_attendance = Factory(DailyAttendance, day=date(2026, 3, 10), status="present")
absence_call = Factory(AbsenceCall, day=date(2026, 3, 10), outcome="no_answer")
application = Factory(
    Application,
    first_name="Ada",
    last_name=lambda n: f"Applicant {n}",
    guardian_name=lambda n: f"Parent {n}",
    guardian_email=lambda n: f"parent{n}@family.example",
)
application_document = Factory(
    ApplicationDocument,
    stored_name=lambda n: f"applications/{n}.txt",
    filename="certificate.txt",
    content_type="text/plain",
    size=1,
)
assignment = Factory(
    Assignment,
    title=lambda n: f"Work {n}",
    type="exam",
    assigned_date=date(2026, 3, 1),
    due_date=date(2026, 3, 2),
)
assignment_weight = Factory(AssignmentWeight, type="exam", weight=Decimal(10))
submission = Factory(Submission)
attachment_file = Factory(
    AttachmentFile,
    name=lambda n: f"attachments/{n}.txt",
    filename="f.txt",
    content_type="text/plain",
    size=1,
)
grade = Factory(Grade, score=Decimal(1))
