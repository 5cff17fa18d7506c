"""What people keep of the reports: filters they like, and reports that come by themselves."""

from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default, empty_json


class SavedFilter(TenantModel):
    """A person's own name for the filters of one report.

    `report` is the report's name without its version, so that the filters outlive a new one.
    """

    user = TenantForeignKey("core.User", related_name="saved_filters", verbose_name=_("person"))
    report = models.CharField(_("report"), max_length=100)
    name = models.CharField(_("name"), max_length=100)
    filters = models.JSONField(_("filters"), **empty_json())
    sort = models.CharField(_("order"), max_length=100, null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "saved_filters"
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["report", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "report", "name"], name="idx_saved_filters_name"
            )
        ]

    def __str__(self):
        return self.name


class ReportSchedule(TenantModel):
    """A report that is made every week or month, with its owner's rights at that moment."""

    class Frequency(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    owner = TenantForeignKey("core.User", related_name="report_schedules", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    report = models.CharField(_("report"), max_length=100)
    filters = models.JSONField(_("filters"), **empty_json())
    sort = models.CharField(_("order"), max_length=100, null=True, blank=True)
    file_format = models.CharField(_("format"), max_length=10, **default("xlsx"))
    frequency = models.CharField(
        _("how often"), max_length=20, choices=Frequency, **default(Frequency.WEEKLY.value)
    )
    weekday = models.SmallIntegerField(
        _("weekday"), null=True, blank=True, help_text=_("1, Monday, to 7; for weekly reports.")
    )
    month_day = models.SmallIntegerField(
        _("day of the month"),
        null=True,
        blank=True,
        help_text=_("1 to 31; a shorter month's last day. For monthly reports."),
    )
    time_of_day = models.TimeField(_("at"), **default(time(6)))
    is_active = models.BooleanField(_("active"), **default(True))
    # In UTC, by the school's time zone when it was worked out.
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True)
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True)
    last_result = models.TextField(_("last result"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "report_schedules"
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="report_schedules_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(frequency="weekly", weekday__range=(1, 7))
                | models.Q(frequency="monthly", month_day__range=(1, 31)),
                name="check_schedule_frequency",
            ),
            models.CheckConstraint(
                condition=models.Q(file_format__in=["csv", "xlsx", "pdf"]),
                name="check_schedule_format",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "owner"], name="idx_report_schedules_owner"),
            models.Index(fields=["next_run_at"], name="idx_report_schedules_due"),
        ]

    def __str__(self):
        return self.name


class ReportRecipient(TenantModel):
    """Somebody of the staff who gets the link to a scheduled report."""

    schedule = TenantForeignKey(
        ReportSchedule,
        on_delete=models.CASCADE,
        related_name="recipients",
        verbose_name=_("scheduled report"),
    )
    user = TenantForeignKey(
        "core.User",
        related_name="+",
        verbose_name=_("recipient"),
        limit_choices_to={"role__in": ["admin", "teacher"], "status": "active"},
    )

    class Meta(TenantModel.Meta):
        db_table = "report_recipients"
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "schedule", "user"], name="idx_report_recipients_user"
            )
        ]

    def __str__(self):
        return str(self.user)
