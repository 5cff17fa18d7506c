from django.contrib.admin.apps import AdminConfig


class SchoolAdminConfig(AdminConfig):
    """The admin, with the school's own site as the default one."""

    default_site = "school.sites.SchoolAdminSite"
