from academics.models.classes import ClassSession, Enrollment, Schedule, SchoolClass
from academics.models.work import Assignment, Attendance, Grade, Submission

__all__ = [
    "Assignment",
    "Attendance",
    "ClassSession",
    "Enrollment",
    "Grade",
    "Schedule",
    "SchoolClass",
    "Submission",
]
