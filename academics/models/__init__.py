from academics.models.absence import Absence, AbsenceCall
from academics.models.application import Application, ApplicationDocument
from academics.models.assignment import Assignment
from academics.models.assignment_weight import AssignmentWeight
from academics.models.attachment_file import AttachmentFile
from academics.models.attendance import Attendance
from academics.models.class_session import ClassSession
from academics.models.daily_attendance import DailyAttendance
from academics.models.enrollment import Enrollment
from academics.models.grade import Grade
from academics.models.grading_scale import GradingScale
from academics.models.schedule import Schedule
from academics.models.school_class import SchoolClass
from academics.models.student_merge import StudentMerge
from academics.models.submission import Submission
from academics.models.terms import AcademicYear, ClosedDay, Term
from academics.models.waitlist_entry import WaitlistEntry

__all__ = [
    "Absence",
    "AbsenceCall",
    "AcademicYear",
    "Application",
    "ApplicationDocument",
    "Assignment",
    "AssignmentWeight",
    "AttachmentFile",
    "Attendance",
    "ClassSession",
    "ClosedDay",
    "DailyAttendance",
    "Enrollment",
    "Grade",
    "GradingScale",
    "Schedule",
    "SchoolClass",
    "StudentMerge",
    "Submission",
    "Term",
    "WaitlistEntry",
]
