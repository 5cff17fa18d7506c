"""Files of the tables of classes for import and export, one module a subject."""

from academics.admin.resources import absences, attendance, classes, enrollments, work

__all__ = ["absences", "attendance", "classes", "enrollments", "work"]
