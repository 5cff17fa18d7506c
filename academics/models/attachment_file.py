"""Files that belong to assignments and to what students hand in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from academics.models.assignment import Assignment
from academics.models.submission import Submission
from core.models.base import TenantForeignKey, TenantModel

LARGEST_FILE = 50 * 1024 * 1024  # bytes; the settings may ask for less


class AttachmentFile(TenantModel):
    """An uploaded file: the teacher's with an assignment, or a student's with a submission.

    `name` is where it is kept, relative to the school's own folder; `filename` is what people see.
    """

    assignment = TenantForeignKey(Assignment, related_name="files", verbose_name=_("assignment"))
    # Submission and student: both or neither. The foreign key ties all three, as for grades.
    submission = TenantForeignKey(
        Submission, null=True, blank=True, related_name="files", verbose_name=_("submission")
    )
    student = TenantForeignKey(
        "core.User", null=True, blank=True, related_name="+", verbose_name=_("student")
    )
    name = models.CharField(max_length=255, editable=False)
    filename = models.CharField(_("file"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.IntegerField(_("size in bytes"))
    uploaded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="uploaded_by",
        related_name="+",
        verbose_name=_("uploaded by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "attachment_files"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_attachment_files_name"),
            models.CheckConstraint(
                condition=models.Q(size__range=(1, LARGEST_FILE)), name="check_attachment_size"
            ),
            models.CheckConstraint(
                condition=models.Q(submission__isnull=True, student__isnull=True)
                | models.Q(submission__isnull=False, student__isnull=False),
                name="check_attachment_submission",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "assignment"], name="idx_attachment_files_work"),
            models.Index(fields=["tenant", "submission"], name="idx_attachment_files_hand_in"),
            models.Index(fields=["tenant", "student"], name="idx_attachment_files_student"),
        ]

    def __str__(self) -> str:
        return self.filename
