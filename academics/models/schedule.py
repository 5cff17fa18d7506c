"""The weekly slots of a class."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass
from core.models.base import (
    TenantForeignKey,
    TenantModel,
)


class Schedule(TenantModel):
    """A weekly slot of a class; its sessions are generated from it."""

    class Weekday(models.IntegerChoices):
        """ISO 8601: Monday is 1."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    school_class = TenantForeignKey(
        SchoolClass,
        on_delete=models.CASCADE,
        db_column="class_id",
        related_name="schedules",
        verbose_name=_("class"),
    )
    weekday = models.SmallIntegerField(_("weekday"), choices=Weekday)
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    room = models.CharField(_("room"), max_length=100, null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    # Both kept by a trigger (academics/sql/timetable.sql), for the constraints against clashes:
    # who teaches the class, and the days on which room and teacher are taken (NULL: on none).
    teacher = TenantForeignKey("core.User", null=True, blank=True, editable=False, related_name="+")
    booked = DateRangeField(null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        db_table = "schedules"
        verbose_name = _("weekly slot")
        verbose_name_plural = _("weekly slots")
        ordering = ["weekday", "start_time", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__range=(1, 7)), name="check_schedule_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(end_time__gt=models.F("start_time")),
                name="check_schedule_times",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="check_schedule_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "school_class", "weekday"], name="idx_schedules_class"),
            models.Index(
                fields=["tenant", "weekday", "start_time", "id"], name="idx_schedules_weekday"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start_time:%H:%M}–{self.end_time:%H:%M}"
