"""Who was at a session."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.class_session import ClassSession
from core.models.base import (
    TenantForeignKey,
    TenantModel,
    shown,
)


class Attendance(TenantModel):
    """Whether a student was at a class session."""

    class Status(models.TextChoices):
        PRESENT = "present", _("Present")
        ABSENT = "absent", _("Absent")
        LATE = "late", _("Late")
        EXCUSED = "excused", _("Excused")

    class_session = TenantForeignKey(
        ClassSession, related_name="attendance", verbose_name=_("class session")
    )
    student = TenantForeignKey(
        "core.User",
        related_name="attendance",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    status = models.CharField(_("status"), max_length=50, choices=Status)
    notes = models.TextField(_("notes"), null=True, blank=True)
    recorded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="recorded_by",
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta(TenantModel.Meta):
        db_table = "attendance"
        verbose_name = _("attendance record")
        verbose_name_plural = _("attendance")
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "class_session", "student"],
                include=["status"],  # summaries count it without reading the rows
                name="idx_attendance_session_student",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["present", "absent", "late", "excused"]),
                name="check_attendance_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_attendance_student"),
            models.Index(fields=["tenant", "-recorded_at", "-id"], name="idx_attendance_recorded"),
            models.Index(
                fields=["tenant", "status", "-recorded_at", "-id"], name="idx_attendance_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')}: {self.get_status_display()}"
