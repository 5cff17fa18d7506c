"""The meetings of a class."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass
from core.models.base import (
    TenantForeignKey,
    TenantModel,
    default,
    shown,
)


class ClassSession(TenantModel):
    """One meeting of a class."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="sessions", verbose_name=_("class")
    )
    session_date = models.DateField(_("date"))
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    topic = models.CharField(_("topic"), max_length=500, null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.SCHEDULED.value)
    )
    # Made from a weekly slot (academics.services.timetable), which may take it back.
    generated = models.BooleanField(_("from the timetable"), editable=False, **default(False))

    class Meta(TenantModel.Meta):
        db_table = "class_sessions"
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ["-session_date", "-start_time", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="class_sessions_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(end_time__gt=models.F("start_time")),
                name="check_session_times",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["scheduled", "completed", "cancelled"]),
                name="check_session_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "session_date"], name="idx_sessions_class_date"
            ),
            models.Index(
                fields=["tenant", "-session_date", "-start_time", "-id"], name="idx_sessions_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'school_class')} {self.session_date} {self.start_time:%H:%M}"
