"""Who waits for a seat in a full class."""

from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass
from core.models.base import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
    shown,
)


class WaitlistQuerySet(TenantQuerySet["WaitlistEntry"]):
    def waiting(self) -> Self:
        """Return those still waiting, the next one first."""
        return self.filter(status=WaitlistEntry.Status.WAITING).order_by("queued_at", "id")


class WaitlistEntry(TenantModel):
    """A student's place in the queue for a class. Triggers give freed seats to the first one."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ENROLLED = "enrolled", _("Got a seat")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="waitlist", verbose_name=_("class")
    )
    student = TenantForeignKey(
        "core.User",
        related_name="waitlist_entries",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    # Given by the trigger under the class's lock: it is the order of the queue.
    queued_at = models.DateTimeField(_("waiting since"), db_default=Now(), editable=False)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.WAITING.value)
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)

    objects = TenantManager.from_queryset(WaitlistQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "waitlist_entries"
        verbose_name = _("place on a waitlist")
        verbose_name_plural = _("waitlists")
        ordering = ["queued_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "school_class", "student"],
                condition=models.Q(status="waiting"),
                name="idx_waitlist_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "enrolled", "withdrawn"]),
                name="check_waitlist_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "status", "queued_at", "id"],
                name="idx_waitlist_queue",
            ),
            models.Index(fields=["tenant", "student"], name="idx_waitlist_student"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')} – {shown(self, 'school_class')}"
