from core.admin import pages
from school.admin import student_profile
from school.admin.people import PersonAdmin

pages.add(student_profile)

__all__ = ["PersonAdmin"]
