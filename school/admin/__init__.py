from school.admin import student_profile
from school.admin.people import PersonAdmin

__all__ = ["PersonAdmin", "student_profile"]
