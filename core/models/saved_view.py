"""How a list stood when somebody named it: its columns, filters, search and order."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default

LIST = r"^[a-z]+\.[a-z]+$"


class SavedView(TenantModel):
    """A person's own name for how a list stands, which the office may share.

    `list_name` is the label of the model, `state` what core.admin.list_state makes of it.
    """

    user = TenantForeignKey(
        "core.User",
        on_delete=models.CASCADE,
        related_name="saved_views",
        verbose_name=_("person"),
    )
    list_name = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=100)
    is_shared = models.BooleanField(
        _("shared with the office"),
        help_text=_("Everybody in the office sees it; only you change it."),
        **default(False),
    )
    state = models.JSONField(
        _("state"),
        default=dict,
        db_default=models.Value({}, output_field=models.JSONField()),
    )

    class Meta(TenantModel.Meta):
        db_table = "saved_views"
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                models.F("tenant"),
                models.F("user"),
                models.F("list_name"),
                Lower("name"),
                name="idx_saved_views_name",
            ),
            models.CheckConstraint(
                condition=models.Q(name__regex=r"\S"), name="check_saved_view_name"
            ),
            models.CheckConstraint(
                condition=models.Q(list_name__regex=LIST), name="check_saved_view_list"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "list_name"], name="idx_saved_views_list")]

    def __str__(self) -> str:
        return self.name
