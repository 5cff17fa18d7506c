"""Days on which students are away, and the calls about those of whom nobody knows why."""

from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.attachment_file import LARGEST_FILE
from core.models.base import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
    shown,
)

FILE_COLUMNS = ("stored_name", "filename", "content_type", "size")
NO_FILE = models.Q(**{f"{name}__isnull": True for name in FILE_COLUMNS})
WITH_FILE = models.Q(**{f"{name}__isnull": False for name in FILE_COLUMNS})
WHOLE_DAYS = models.Q(starts_at__isnull=True, ends_at__isnull=True)
PART_OF_A_DAY = models.Q(ends_on=models.F("starts_on")) & (
    models.Q(starts_at__isnull=True)
    | models.Q(ends_at__isnull=True)
    | models.Q(ends_at__gt=models.F("starts_at"))
)


class AbsenceQuerySet(TenantQuerySet["Absence"]):
    def undecided(self) -> Self:
        return self.filter(status=Absence.Status.REPORTED)

    def approved(self) -> Self:
        return self.filter(status=Absence.Status.APPROVED)

    def on(self, day: date) -> Self:
        """Return the absences of which the day is a part."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Absence(TenantModel):
    """Days, or a part of a day, on which a student is away, and why.

    Of an approved absence the registers know (academics/sql/absences.sql).
    """

    class Status(models.TextChoices):
        REPORTED = "reported", _("Reported")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")

    class Source(models.TextChoices):
        OFFICE = "office", _("Office")
        GUARDIAN = "guardian", _("Guardian")

    student = TenantForeignKey(
        "core.User",
        related_name="absences",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    starts_at = models.TimeField(_("from"), null=True, blank=True)
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=100)
    note = models.TextField(_("note"), null=True, blank=True, max_length=2000)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.REPORTED.value)
    )
    # Who reported and who decided: the database writes it (app.stamp_absence).
    source = models.CharField(
        _("reported by the"), max_length=50, choices=Source, **default(Source.OFFICE.value)
    )
    reported_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="reported_by",
        related_name="+",
        verbose_name=_("reported by"),
    )
    decided_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="decided_by",
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    # The file that came with it; `stored_name` is where it is kept in the school's own folder.
    stored_name = models.CharField(max_length=255, null=True, blank=True, editable=False)
    filename = models.CharField(_("file"), max_length=255, null=True, blank=True)
    content_type = models.CharField(_("type"), max_length=100, null=True, blank=True)
    size = models.IntegerField(_("size in bytes"), null=True, blank=True)

    objects = TenantManager.from_queryset(AbsenceQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "absences"
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_on", "-id"]
        # Approved absences of a student never share a moment: academics/sql/absences.sql.
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="absences_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "stored_name"], name="idx_absences_file"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="check_absence_dates"
            ),
            models.CheckConstraint(
                condition=WHOLE_DAYS | PART_OF_A_DAY, name="check_absence_times"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="check_absence_reason"),
            models.CheckConstraint(
                condition=models.Q(status__in=["reported", "approved", "declined"]),
                name="check_absence_status",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["office", "guardian"]), name="check_absence_source"
            ),
            models.CheckConstraint(
                condition=models.Q(status="reported", decided_at__isnull=True)
                | (~models.Q(status="reported") & models.Q(decided_at__isnull=False)),
                name="check_absence_decided",
            ),
            models.CheckConstraint(condition=NO_FILE | WITH_FILE, name="check_absence_file"),
            models.CheckConstraint(
                condition=models.Q(size__range=(1, LARGEST_FILE)), name="check_absence_size"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student", "starts_on"], name="idx_absences_student"),
            models.Index(fields=["tenant", "-starts_on", "-id"], name="idx_absences_start"),
            models.Index(fields=["tenant", "status", "-starts_on"], name="idx_absences_status"),
            models.Index(fields=["tenant", "ends_on"], name="idx_absences_end"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')}: {self.reason}"


class AbsenceCall(TenantModel):
    """A call about a student who was missing without anybody knowing why."""

    class Outcome(models.TextChoices):
        EXCUSED = "excused", _("Excused")
        NOT_EXCUSED = "not_excused", _("Spoken to, not excused")
        NO_ANSWER = "no_answer", _("No answer")

    student = TenantForeignKey(
        "core.User",
        related_name="absence_calls",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    day = models.DateField(_("day"))
    outcome = models.CharField(_("outcome"), max_length=50, choices=Outcome)
    spoken_to = models.CharField(_("spoken to"), max_length=255, null=True, blank=True)
    note = models.TextField(_("note"), null=True, blank=True, max_length=2000)
    recorded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="recorded_by",
        related_name="+",
        verbose_name=_("called by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "absence_calls"
        verbose_name = _("call about an absence")
        verbose_name_plural = _("calls about absences")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["excused", "not_excused", "no_answer"]),
                name="check_absence_call_outcome",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "day", "student"], name="idx_absence_calls_day"),
            models.Index(fields=["tenant", "student"], name="idx_absence_calls_student"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')}: {self.get_outcome_display()}"
