"""Timetables that a calendar program subscribes to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel


class CalendarFeed(TenantModel):
    """One person's subscribed timetable. Its address holds the signed id; deleting it revokes."""

    user = TenantForeignKey(
        "core.User",
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
        verbose_name=_("person"),
    )

    class Meta(TenantModel.Meta):
        db_table = "calendar_feeds"
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="idx_calendar_feeds_user")
        ]

    def __str__(self) -> str:
        return str(self.user)
