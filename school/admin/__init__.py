from school.admin import family, search, student_profile, students
from school.admin.people import PersonAdmin

__all__ = ["PersonAdmin", "family", "search", "student_profile", "students"]
