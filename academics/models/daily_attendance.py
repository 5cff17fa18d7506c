"""Who was at school on a day, where the school takes attendance once a day."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.absence import Absence
from academics.models.attendance import Attendance
from core.models.base import TenantForeignKey, TenantModel, shown


class DailyAttendance(TenantModel):
    """Whether a student was at school on a day; lessons have marks of their own."""

    student = TenantForeignKey(
        "core.User",
        related_name="daily_attendance",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    day = models.DateField(_("day"))
    status = models.CharField(_("status"), max_length=50, choices=Attendance.Status)
    minutes_late = models.IntegerField(_("minutes late"), null=True, blank=True)
    # One of the school's own codes for the status (settings key `attendance_codes`).
    code = models.CharField(_("code"), max_length=10, null=True, blank=True)
    notes = models.TextField(_("notes"), null=True, blank=True)
    # The approved absence that excuses it; kept by the database (sql/daily_attendance.sql).
    absence = TenantForeignKey(
        Absence,
        on_delete=models.DO_NOTHING,  # the database unties it
        null=True,
        blank=True,
        editable=False,
        related_name="daily_marks",
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
        db_table = "daily_attendance"
        verbose_name = _("daily attendance record")
        verbose_name_plural = _("daily attendance")
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "student", "day"],
                include=["status"],  # summaries count it without reading the rows
                name="idx_daily_attendance_student_day",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["present", "absent", "late", "excused"]),
                name="check_daily_attendance_status",
            ),
            models.CheckConstraint(
                condition=models.Q(minutes_late__isnull=True)
                | models.Q(minutes_late__range=(1, 600), status="late"),
                name="check_daily_attendance_minutes",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-day", "-id"], name="idx_daily_attendance_day"),
            models.Index(
                fields=["tenant", "absence"],
                condition=models.Q(absence__isnull=False),
                name="idx_daily_attendance_absence",
            ),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')}: {self.get_status_display()}"
