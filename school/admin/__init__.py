from school.admin import student_profile, students
from school.admin.people import PersonAdmin

__all__ = ["PersonAdmin", "student_profile", "students"]
