from school.admin import family, student_profile, students
from school.admin.people import PersonAdmin

__all__ = ["PersonAdmin", "family", "student_profile", "students"]
