"""What a class is given to do."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass
from core.defaults import today
from core.models.base import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
)


class AssignmentQuerySet(TenantQuerySet["Assignment"]):
    def active(self) -> Self:
        return self.filter(status=Assignment.Status.ACTIVE)


class Assignment(TenantModel):
    """Homework, a quiz, an exam or a project of a class."""

    class Type(models.TextChoices):
        HOMEWORK = "homework", _("Homework")
        QUIZ = "quiz", _("Quiz")
        EXAM = "exam", _("Exam")
        PROJECT = "project", _("Project")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    school_class = TenantForeignKey(
        SchoolClass, db_column="class_id", related_name="assignments", verbose_name=_("class")
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), null=True, blank=True)
    type = models.CharField(_("type"), max_length=50, choices=Type)
    assigned_date = models.DateField(_("given on"), default=today)
    due_date = models.DateField(_("due on"))
    max_score = models.IntegerField(_("highest score"), null=True, blank=True)
    content = models.JSONField(_("content"), null=True, blank=True)
    attachments = models.JSONField(_("attachments"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    closes_automatically = models.BooleanField(
        _("close after the due date"),
        help_text=_("Nothing can be handed in from the next day on."),
        **default(False),
    )

    objects = TenantManager.from_queryset(AssignmentQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "assignments"
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-due_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="assignments_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(type__in=["homework", "quiz", "exam", "project"]),
                name="check_assignment_type",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "closed"]),
                name="check_assignment_status",
            ),
            models.CheckConstraint(
                condition=models.Q(due_date__gte=models.F("assigned_date")),
                name="check_assignment_dates",
            ),
            models.CheckConstraint(
                condition=models.Q(max_score__isnull=True) | models.Q(max_score__gt=0),
                name="check_assignment_max_score",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "school_class", "due_date"], name="idx_assignments_class"
            ),
            models.Index(fields=["tenant", "-due_date", "-id"], name="idx_assignments_due"),
        ]

    def __str__(self) -> str:
        return self.title
