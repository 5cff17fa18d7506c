from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SchoolConfig(AppConfig):
    """What is made of all the other apps: the site, its dashboard, and the example schools."""

    name = "school"

    def ready(self):
        from school.person_file import builder  # noqa: F401 - registers its kind of file


class SchoolAdminConfig(AdminConfig):
    """The admin, with the school's own site as the default one."""

    default_site = "school.sites.SchoolAdminSite"
