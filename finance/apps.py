from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    name = "finance"
    verbose_name = _("Money")

    def ready(self):
        from academics import enrolling
        from finance.papers import aging_export, export  # noqa: F401 - register kinds of files
        from finance.services.enrolling import announce, charge

        enrolling.register(announce, charge)
