"""What each type of assignment counts in a class."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.school_class import SchoolClass
from core.models.base import TenantForeignKey, TenantModel


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

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.weight}"
