"""What students hand in."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.assignment import Assignment
from core.models.base import (
    TenantForeignKey,
    TenantModel,
    default,
    shown,
)


class Submission(TenantModel):
    """A student's work for an assignment."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        GRADED = "graded", _("Graded")

    assignment = TenantForeignKey(
        Assignment, related_name="submissions", verbose_name=_("assignment")
    )
    student = TenantForeignKey(
        "core.User",
        related_name="submissions",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    submitted_at = models.DateTimeField(_("handed in"), db_default=Now(), editable=False)
    content = models.JSONField(_("content"), null=True, blank=True)
    attachments = models.JSONField(_("attachments"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.SUBMITTED.value)
    )

    class Meta(TenantModel.Meta):
        db_table = "submissions"
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="submissions_tenant_key"),
            # Grades refer to this key, so that a grade cannot contradict its submission.
            models.UniqueConstraint(
                fields=["tenant", "id", "student", "assignment"], name="submissions_grade_key"
            ),
            models.UniqueConstraint(
                fields=["tenant", "assignment", "student"],
                name="idx_submissions_assignment_student",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["submitted", "graded"]),
                name="check_submission_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_submissions_student"),
            models.Index(fields=["tenant", "-submitted_at", "-id"], name="idx_submissions_date"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')} – {shown(self, 'assignment')}"
