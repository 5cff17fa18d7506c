"""Files that left the school."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel


class Export(TenantModel):
    """One export: what, with which filters, how much, for whom."""

    template_id = models.CharField(_("report"), max_length=100)
    template_version = models.CharField(_("version"), max_length=20)
    filename = models.CharField(_("file"), max_length=255)
    file_url = models.CharField(_("link"), max_length=500, null=True, blank=True)
    file_size = models.IntegerField(_("size in bytes"), null=True, blank=True)
    filters = models.JSONField(_("filters"), null=True, blank=True)
    row_count = models.IntegerField(_("rows"), null=True, blank=True)
    requested_by = TenantForeignKey(
        "core.User",
        db_column="requested_by",
        related_name="exports",
        verbose_name=_("requested by"),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    # The specification's table knows no updated_at.
    updated_at = None

    class Meta(TenantModel.Meta):
        db_table = "exports"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "requested_by", "-created_at"], name="idx_exports_user"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_exports_date"),
        ]

    def __str__(self):
        return self.filename
