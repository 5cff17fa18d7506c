"""Sponsors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantModel, sort_name


class Sponsor(TenantModel):
    """A company, foundation or office that pays for students without being their family."""

    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    email = models.EmailField(_("e-mail"), max_length=255, null=True, blank=True)
    address = models.TextField(_("address"), null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "sponsors"
        verbose_name = _("sponsor")
        verbose_name_plural = _("sponsors")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="sponsors_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_sponsors_name"),
        ]

    def __str__(self) -> str:
        return self.name
