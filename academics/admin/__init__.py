from academics.admin import (
    assignments,
    attendance,
    class_sessions,
    classes,
    enrollments,
    grades,
    people,
    schedules,
    submissions,
)

__all__ = [
    "assignments",
    "attendance",
    "class_sessions",
    "classes",
    "enrollments",
    "grades",
    "people",
    "schedules",
    "submissions",
]
