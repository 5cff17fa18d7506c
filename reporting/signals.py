"""Signal receivers of reports."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from core.models import Tenant
from reporting.services import schedules


@receiver(post_save, sender=Tenant, dispatch_uid="reporting.replan")
def replan(sender, instance, created, raw, using, update_fields, **kwargs):
    """Plan a school's scheduled reports again when its settings, such as the time zone, change."""
    settings_saved = update_fields is None or "settings" in update_fields
    if settings_saved and not (created or raw) and using == "default":
        schedules.replan(instance)
