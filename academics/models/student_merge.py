"""Two records of one student, made one."""

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, shown


class StudentMerge(TenantModel):
    """What became of the second record of a student: written by the database, to be undone by it.

    The merged record stays, deleted, and is what rows that cannot move refer to.
    """

    kept = TenantForeignKey(
        "core.User", related_name="+", verbose_name=_("kept"), db_column="kept_id"
    )
    merged = TenantForeignKey(
        "core.User", related_name="+", verbose_name=_("merged into it"), db_column="merged_id"
    )
    # {column: [before, after]} of the kept record; [{table, ids, print}] of what moved;
    # [{table, row}] of what was there twice and is away (academics/sql/merging.sql).
    changes = models.JSONField(db_default=Value({}, models.JSONField()), editable=False)
    moved = models.JSONField(db_default=Value([], models.JSONField()), editable=False)
    removed = models.JSONField(db_default=Value([], models.JSONField()), editable=False)
    merged_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="merged_by",
        related_name="+",
        verbose_name=_("merged by"),
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)
    undone_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="undone_by",
        related_name="+",
        verbose_name=_("undone by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "student_merges"
        verbose_name = _("merge of two students")
        verbose_name_plural = _("merged students")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kept=models.F("merged")), name="check_student_merge_two"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"], name="idx_student_merges_created"
            ),
            models.Index(fields=["tenant", "kept"], name="idx_student_merges_kept"),
            models.Index(fields=["tenant", "merged"], name="idx_student_merges_merged"),
        ]

    def __str__(self) -> str:
        return shown(self, "kept")
