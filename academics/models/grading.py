"""How points become grades: scales, and what each type of assignment weighs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.classes import SchoolClass
from core.models.base import TenantForeignKey, TenantModel, default


class GradingScale(TenantModel):
    """Letters and their lower bounds in percent; one is the school's default.

    `steps` is [["A", 94], ["A-", 90], ...] or, with grade points for the transcript,
    [["A", 94, 4.0], ...]: no bound twice, the lowest 0, exact decimals.
    """

    name = models.CharField(_("name"), max_length=100)
    steps = models.JSONField(_("grades"))
    is_default = models.BooleanField(_("the school's default"), **default(False))

    class Meta(TenantModel.Meta):
        db_table = "grading_scales"
        verbose_name = _("grading scale")
        verbose_name_plural = _("grading scales")
        ordering = ["-is_default", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="grading_scales_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_grading_scales_name"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(is_default=True),
                name="idx_grading_scales_default",
            ),
        ]

    def __str__(self):
        return self.name


class AssignmentWeight(TenantModel):
    """What the assignments of one type weigh in a class's grade.

    A class without weights counts every assignment the same. Types that have no grade yet are left
    out and the others' weights scaled up; a type without a weight does not count.
    """

    school_class = TenantForeignKey(
        SchoolClass,
        on_delete=models.CASCADE,
        db_column="class_id",
        related_name="weights",
        verbose_name=_("class"),
    )
    type = models.CharField(
        _("type"),
        max_length=50,
        choices=[
            ("homework", _("Homework")),
            ("quiz", _("Quiz")),
            ("exam", _("Exam")),
            ("project", _("Project")),
        ],
    )
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2)

    class Meta(TenantModel.Meta):
        db_table = "assignment_weights"
        verbose_name = _("weight of a type")
        verbose_name_plural = _("weights of types")
        ordering = ["type", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "school_class", "type"], name="idx_assignment_weights_type"
            ),
            models.CheckConstraint(
                condition=models.Q(weight__range=(0, 100)), name="check_assignment_weight"
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=["homework", "quiz", "exam", "project"]),
                name="check_assignment_weight_type",
            ),
        ]

    def __str__(self):
        return f"{self.get_type_display()}: {self.weight}"
