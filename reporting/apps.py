from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reports")

    def ready(self):
        from reporting import signals  # noqa: F401 - connects its receivers

        # All register a kind of file.
        from reporting.cards import export  # noqa: F401
        from reporting.catalog import source  # noqa: F401
        from reporting.people import export as people_papers  # noqa: F401
