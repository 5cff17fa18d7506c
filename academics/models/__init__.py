from academics.models.classes import ClassSession, Enrollment, Schedule, SchoolClass
from academics.models.files import AttachmentFile
from academics.models.grading import AssignmentWeight, GradingScale
from academics.models.terms import AcademicYear, ClosedDay, Term
from academics.models.waitlist import WaitlistEntry
from academics.models.work import Assignment, Attendance, Grade, Submission

__all__ = [
    "AcademicYear",
    "Assignment",
    "AssignmentWeight",
    "Attendance",
    "AttachmentFile",
    "ClassSession",
    "ClosedDay",
    "Enrollment",
    "Grade",
    "GradingScale",
    "Schedule",
    "SchoolClass",
    "Submission",
    "Term",
    "WaitlistEntry",
]
