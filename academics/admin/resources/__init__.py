"""What the tables of classes look like as files, one module a subject."""

from academics.admin.resources import attendance, classes, enrollments, work

__all__ = ["attendance", "classes", "enrollments", "work"]
