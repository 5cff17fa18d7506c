"""Who was at a session."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.absence import Absence
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
    minutes_late = models.IntegerField(_("minutes late"), null=True, blank=True)
    # One of the school's own codes for the status (settings key `attendance_codes`).
    code = models.CharField(_("code"), max_length=10, null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)
    # The approved absence that excuses it; kept by the database (academics/sql/absences.sql).
    absence = TenantForeignKey(
        Absence,
        on_delete=models.DO_NOTHING,  # the database unties it
        null=True,
        blank=True,
        editable=False,
        related_name="marks",
        verbose_name=_("absence"),
    )
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
            models.CheckConstraint(
                condition=models.Q(minutes_late__isnull=True)
                | models.Q(minutes_late__range=(1, 600), status="late"),
                name="check_attendance_minutes",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_attendance_student"),
            models.Index(
                fields=["tenant", "absence"],
                condition=models.Q(absence__isnull=False),
                name="idx_attendance_absence",
            ),
            models.Index(fields=["tenant", "-recorded_at", "-id"], name="idx_attendance_recorded"),
            models.Index(
                fields=["tenant", "status", "-recorded_at", "-id"], name="idx_attendance_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')}: {self.get_status_display()}"
