from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

# What an app declares for core, each in a module of this name: what roles may do in the admin, what
# the database's refusals mean, what its rows are called in the audit trail, and which of its views
# and tables the check of the isolation treats as exceptions.
DECLARED = ("rights", "refusals", "audited", "isolation")


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("School")

    def ready(self) -> None:
        from core.checks import check_isolation

        for module in DECLARED:
            autodiscover_modules(module)

        checks.register(check_isolation, checks.Tags.database)
