"""Files of the tables of classes for import and export, one module a subject."""

from academics.admin.resources import attendance, classes, enrollments, work

__all__ = ["attendance", "classes", "enrollments", "work"]
