"""Who is in a class."""

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass, held
from core.defaults import today
from core.models.base import (
    CURRENT_DATE,
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
    shown,
)
from core.models.withheld import (
    WithheldCharField,
    WithheldDecimalField,
    WithheldModel,
    WithheldTextField,
)


class EnrollmentQuerySet(TenantQuerySet["Enrollment"]):
    def active(self) -> Self:
        """Return the places that are neither given up nor completed, whatever the class's dates."""
        return self.filter(status=Enrollment.Status.ACTIVE)

    def current(self, day: date) -> Self:
        """Return the active places in classes that are held on a date at the school."""
        in_class = held(day, "school_class__") & models.Q(school_class__deleted_at=None)
        return self.active().filter(in_class)


class Enrollment(WithheldModel, TenantModel):
    """A student's place in a class."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Completed")
        DROPPED = "dropped", _("Dropped")

    student = TenantForeignKey(
        "core.User",
        related_name="enrollments",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="enrollments", verbose_name=_("class")
    )
    enrollment_date = models.DateField(_("enrolled on"), default=today, db_default=CURRENT_DATE)
    completion_date = models.DateField(_("completed on"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    # Both kept by triggers: on attendance, and on grades. A bursar reads neither, nor the comment.
    attendance_rate = WithheldDecimalField(
        _("attendance rate"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
        help_text=_("Percent: 100 x (present + late) / (all but excused)."),
    )
    current_grade = WithheldCharField(_("current grade"), max_length=10, null=True, blank=True)
    report_comment = WithheldTextField(
        _("comment on the report card"), null=True, blank=True, max_length=2000
    )

    objects = TenantManager.from_queryset(EnrollmentQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "enrollments"
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-enrollment_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "student", "school_class"],
                condition=models.Q(status="active"),
                name="idx_enrollments_student_class",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "completed", "dropped"]),
                name="check_enrollment_status",
            ),
            models.CheckConstraint(
                condition=models.Q(completion_date__isnull=True)
                | models.Q(completion_date__gte=models.F("enrollment_date")),
                name="check_enrollment_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(attendance_rate__isnull=True)
                | models.Q(attendance_rate__range=(0, 100)),
                name="check_attendance_rate",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "status", "student"], name="idx_enrollments_class"
            ),
            models.Index(fields=["tenant", "student"], name="idx_enrollments_student"),
            models.Index(fields=["tenant", "-enrollment_date", "-id"], name="idx_enrollments_date"),
        ]

    def includes(self, day: date) -> bool:
        """Return whether the student belonged to the class on a day; app.is_enrolled() in SQL."""
        if self.enrollment_date > day or self.status == self.Status.ACTIVE:
            return self.enrollment_date <= day
        if self.completion_date is None:
            return self.status == self.Status.COMPLETED
        return self.completion_date >= day

    def __str__(self) -> str:
        return f"{shown(self, 'student')} – {shown(self, 'school_class')}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE
