from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("School")

    def ready(self):
        from core import hosts
        from core.checks import check_isolation

        checks.register(check_isolation, checks.Tags.database)
        for model in ("Tenant", "Domain"):
            for signal in (post_save, post_delete):
                signal.connect(hosts.forget, self.get_model(model), dispatch_uid=f"hosts.{model}")
