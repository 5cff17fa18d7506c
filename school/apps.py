from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

CELL = ["cell"]
PICKING_CELL = ["action-checkbox", "cell"]


class SchoolConfig(AppConfig):
    """What is made of all the other apps: the site, its dashboard, and the example schools."""

    name = "school"

    def ready(self):
        from school.person_file import builder  # noqa: F401 - registers its kind of file


class SchoolAdminConfig(AdminConfig):
    """The admin, with the school's own site as the default one."""

    default_site = "school.sites.SchoolAdminSite"

    def ready(self):
        super().ready()
        _shorten_cells()


def _shorten_cells():
    """Give Unfold's cells one class (core/lists.css) for the thirty that each would repeat.

    The template tag that writes them has these lists and no setting: they were three quarters of
    a list's bytes.
    """
    from unfold.templatetags import unfold_list

    unfold_list.ROW_CLASSES[:] = CELL
    unfold_list.CHECKBOX_CLASSES[:] = PICKING_CELL
    unfold_list.LINK_CLASSES.clear()
