"""Subjects, filters and columns that several reports share."""

from django.utils.translation import gettext_lazy as _

from reporting.catalog import filters
from reporting.catalog.report import Column
from reporting.catalog.term_filter import TermFilter

PEOPLE, CLASSES, ATTENDANCE = _("People"), _("Classes"), _("Attendance")

GRADES, MONEY, RECORDS = _("Grades"), _("Money"), _("Records")

STUDENT = filters.Person(
    name="student",
    column="student_id",
    label=_("Student"),
    help_text=_("Part of the name, e-mail, student number or phone."),
)

CLASS = filters.Class(
    name="class", column="class_id", label=_("Class"), help_text=_("Part of the name or code.")
)

TEACHER = filters.Person(
    name="teacher",
    column="teacher_id",
    label=_("Teacher"),
    help_text=_("Part of the name, e-mail, student number or phone."),
)

TERM = TermFilter()

# At most a year of weeks, whatever the dates: a chart of more would be unreadable.
WEEKS = 53

# In files, where people or classes may have the same name.
STUDENT_NUMBER = Column("student_number", _("Student number"), hidden=True, nullable=True)

CLASS_CODE = Column("class_code", _("Class code"), hidden=True, nullable=True)
