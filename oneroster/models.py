"""What a row of this school is called in a OneRoster bundle."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantModel


class SourcedRecord(TenantModel):
    """The sourcedId of a row that came from a OneRoster bundle, and the columns without a home.

    `entity` is the bundle's file name without .csv (users, classes, enrollments, lineItems,
    results, orgs, academicSessions, courses); `resource_id` the id of the row here, NULL for
    entities without a table of their own.
    """

    entity = models.CharField(_("file"), max_length=50)
    sourced_id = models.CharField(_("sourcedId"), max_length=255)
    resource_id = models.UUIDField(_("row"), null=True, blank=True)
    data = models.JSONField(_("columns"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "sourced_records"
        verbose_name = _("OneRoster record")
        verbose_name_plural = _("OneRoster records")
        ordering = ["entity", "sourced_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "entity", "sourced_id"], name="idx_sourced_records_sourced_id"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "resource_id"], name="idx_sourced_records_resource")
        ]

    def __str__(self):
        return f"{self.entity} {self.sourced_id}"
