from school.admin import (
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
    "family",
    "leaving_pages",
    "search",
    "setup_pages",
    "student_profile",
    "students",
]
