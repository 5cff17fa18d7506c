"""What a person's page shows of classes."""

from academics.admin.inlines import ClassOfTeacherInline, EnrollmentOfPersonInline
from core.admin.users import UserAdmin

UserAdmin.inlines = [*UserAdmin.inlines, EnrollmentOfPersonInline, ClassOfTeacherInline]
