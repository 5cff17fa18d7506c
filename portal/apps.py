from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Own pages")

    def ready(self):
        from finance.online import pages
        from portal import addresses

        pages.register(addresses.of_invoice)
