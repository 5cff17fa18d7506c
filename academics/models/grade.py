"""What a submission was worth."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.assignment import Assignment
from academics.models.submission import Submission
from core.models.base import (
    TenantForeignKey,
    TenantModel,
    default,
    shown,
)


class Grade(TenantModel):
    """The grading of one submission."""

    submission = TenantForeignKey(Submission, related_name="grades", verbose_name=_("submission"))
    student = TenantForeignKey("core.User", related_name="grades", verbose_name=_("student"))
    assignment = TenantForeignKey(Assignment, related_name="grades", verbose_name=_("assignment"))
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=10, null=True, blank=True)
    # Counts for nothing: neither points nor missing work.
    excused = models.BooleanField(_("excused"), **default(False))
    feedback = models.TextField(_("feedback"), null=True, blank=True)
    graded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="graded_by",
        related_name="+",
        verbose_name=_("graded by"),
    )
    graded_at = models.DateTimeField(_("graded at"), db_default=Now(), editable=False)

    class Meta(TenantModel.Meta):
        db_table = "grades"
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        ordering = ["-graded_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "submission"], name="idx_grades_submission"),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=0),
                name="check_grade_score",
            ),
            models.CheckConstraint(
                condition=models.Q(excused=False) | models.Q(score__isnull=True),
                name="check_grade_excused",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_grades_student"),
            models.Index(fields=["tenant", "assignment"], name="idx_grades_assignment"),
            models.Index(fields=["tenant", "-graded_at", "-id"], name="idx_grades_date"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'student')} – {shown(self, 'assignment')}: {self.grade or self.score}"
