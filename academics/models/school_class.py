"""Classes, and on which days they are held."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import (
    SoftDeleteModel,
    SoftDeleteQuerySet,
    TenantForeignKey,
    TenantManager,
    default,
    sort_name,
)

if TYPE_CHECKING:
    from core.models import User


def held(day: date, prefix: str = "") -> models.Q:
    """Return the condition on classes that they are held on a date: active, begun and not over.

    A class without a last day ends with its term. `prefix` leads to the class, as in
    "school_class__". In SQL: app.is_held.
    """
    begun = {f"{prefix}status": "active", f"{prefix}start_date__lte": day}
    ends = models.Q(**{f"{prefix}end_date__gte": day})
    endless = models.Q(**{f"{prefix}end_date": None})
    term = models.Q(**{f"{prefix}term": None}) | models.Q(**{f"{prefix}term__end_date__gte": day})
    return models.Q(**begun) & (ends | endless & term)


class SchoolClassQuerySet(SoftDeleteQuerySet["SchoolClass"]):
    def active(self) -> Self:
        """Return the classes that are neither completed nor cancelled, whatever their dates."""
        return self.filter(status=SchoolClass.Status.ACTIVE)

    def current(self, day: date) -> Self:
        """Return the classes that are held on a date at the school."""
        return self.filter(held(day))

    def coming(self, day: date) -> Self:
        """Return the classes that have not begun on a date at the school."""
        return self.active().filter(start_date__gt=day)

    def taught_by(self, user: User) -> Self:
        return self.filter(teacher=user)


class SchoolClass(SoftDeleteModel):
    """A class (section) that students enroll in and a teacher teaches."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    code = models.CharField(
        _("code"), max_length=50, null=True, blank=True, help_text=_("For example MATH-101.")
    )
    description = models.TextField(_("description"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=50, null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=100, null=True, blank=True)
    capacity = models.IntegerField(_("capacity"), **default(20))
    # Counted by the trigger on enrollments; what a client writes here is ignored.
    enrolled_count = models.IntegerField(_("enrolled"), editable=False, **default(0))
    teacher = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        related_name="classes_taught",
        verbose_name=_("teacher"),
        limit_choices_to={"role__in": ["teacher", "admin"]},
    )
    schedule_description = models.CharField(
        _("schedule in words"), max_length=500, null=True, blank=True
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    term = TenantForeignKey(
        "academics.Term", null=True, blank=True, related_name="classes", verbose_name=_("term")
    )
    grading_scale = TenantForeignKey(
        "academics.GradingScale",
        null=True,
        blank=True,
        related_name="classes",
        verbose_name=_("grading scale"),
        help_text=_("Empty: the school's default."),
    )

    objects = TenantManager.from_queryset(SchoolClassQuerySet)()

    class Meta(SoftDeleteModel.Meta):
        db_table = "classes"
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="classes_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(capacity__gt=0)
                & models.Q(enrolled_count__lte=models.F("capacity")),
                name="check_capacity",
            ),
            models.CheckConstraint(
                condition=models.Q(end_date__isnull=True)
                | models.Q(end_date__gte=models.F("start_date")),
                name="check_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "completed", "cancelled"]),
                name="check_class_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "sort_name", "id"], name="idx_classes_tenant"),
            models.Index(fields=["tenant", "teacher"], name="idx_classes_teacher"),
            models.Index(fields=["tenant", "status"], name="idx_classes_status"),
            models.Index(fields=["tenant", "start_date", "end_date"], name="idx_classes_dates"),
            models.Index(fields=["tenant", "code"], name="idx_classes_code"),
            models.Index(fields=["tenant", "term", "sort_name"], name="idx_classes_term"),
        ]

    shown_by = ("name", "code")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.code else self.name

    @property
    def seats_left(self) -> int:
        return self.capacity - self.enrolled_count

    def is_held(self, day: date) -> bool:
        """Return whether the class is held on a date (`held`)."""
        last = self.end_date or (self.term.end_date if self.term else day)
        return self.status == self.Status.ACTIVE and self.start_date <= day <= last

    def is_over(self, day: date) -> bool:
        """Return whether an active class is past its last day, or its term's, on a date."""
        last = self.end_date or (self.term.end_date if self.term else day)
        return self.status == self.Status.ACTIVE and last < day

    @property
    def coming_from(self) -> date | None:
        """The first day of an active class that has not begun at the school; else None."""
        is_coming = self.status == self.Status.ACTIVE and self.start_date > today()
        return self.start_date if is_coming else None
