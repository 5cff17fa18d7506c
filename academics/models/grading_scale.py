"""How percentages become grades."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantModel, default


class GradingScale(TenantModel):
    """Letters and their lower bounds in percent; one is the school's default.

    `steps` is [["A", 94], ["A-", 90], ...] or, with grade points for the transcript,
    [["A", 94, 4.0], ...]: no bound twice, the lowest 0, exact decimals.
    """

    name = models.CharField(_("name"), max_length=100)
    steps = models.JSONField(_("grades"))
    is_default = models.BooleanField(_("the school's default"), **default(False))

    class Meta(TenantModel.Meta):
        db_table = "grading_scales"
        verbose_name = _("grading scale")
        verbose_name_plural = _("grading scales")
        ordering = ["-is_default", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="grading_scales_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_grading_scales_name"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(is_default=True),
                name="idx_grading_scales_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name
