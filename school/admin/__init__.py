from school.admin import (
    erasing_pages,
    family,
    leaving_pages,
    search,
    setup_pages,
    student_profile,
    students,
)
from school.admin.people import PersonAdmin

__all__ = [
    "PersonAdmin",
    "erasing_pages",
    "family",
    "leaving_pages",
    "search",
    "setup_pages",
    "student_profile",
    "students",
]
