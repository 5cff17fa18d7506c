"""The lists that begin with the current term."""

from academics.admin.assignments import AssignmentAdmin
from academics.admin.attendance import AttendanceAdmin
from academics.admin.class_sessions import ClassSessionAdmin
from academics.admin.classes import SchoolClassAdmin
from academics.admin.enrollments import EnrollmentAdmin
from academics.admin.grades import GradeAdmin
from academics.admin.schedules import ScheduleAdmin
from academics.admin.submissions import SubmissionAdmin
from academics.admin.term_filter import (
    ClassesTermFilter,
    SessionTermFilter,
    TermFilter,
    WorkTermFilter,
)

for model_admin, term_filter in (
    (SchoolClassAdmin, ClassesTermFilter),
    (ScheduleAdmin, TermFilter),
    (EnrollmentAdmin, TermFilter),
    (ClassSessionAdmin, TermFilter),
    (AttendanceAdmin, SessionTermFilter),
    (AssignmentAdmin, TermFilter),
    (SubmissionAdmin, WorkTermFilter),
    (GradeAdmin, WorkTermFilter),
):
    model_admin.list_filter = [term_filter, *model_admin.list_filter]
