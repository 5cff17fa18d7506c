from academics.admin import (
    assignments,
    attendance,
    class_sessions,
    classes,
    closed_days,
    desk_pages,
    enrollments,
    gradebook_pages,
    grades,
    grading_scales,
    letters_page,
    register_pages,
    schedules,
    submissions,
    terms,
    terms_pages,
    timetable_pages,
    waitlists,
    work_pages,
)
from academics.services import leaving as places
from core.admin import leaving

leaving.register(places)

__all__ = [
    "assignments",
    "attendance",
    "class_sessions",
    "classes",
    "closed_days",
    "desk_pages",
    "enrollments",
    "gradebook_pages",
    "grades",
    "grading_scales",
    "letters_page",
    "register_pages",
    "schedules",
    "submissions",
    "terms",
    "terms_pages",
    "timetable_pages",
    "waitlists",
    "work_pages",
]
