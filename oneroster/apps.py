from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OneRosterConfig(AppConfig):
    name = "oneroster"
    verbose_name = _("OneRoster")

    def ready(self):
        # What comes in, and what goes out: each registers itself with exchange.
        from oneroster.incoming import imports  # noqa: F401
        from oneroster.outgoing import export  # noqa: F401
