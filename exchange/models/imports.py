"""Files that came in: what each one was to change, did change, and can be undone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default


class ImportBatch(TenantModel):
    """One uploaded file, from its dry run to its undoing.

    `target` is the label of the model whose table it fills ("core.user"), or that of a target that
    is no table (exchange.admin.import_targets).
    """

    class Status(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        PREVIEWED = "previewed", _("Checked, not applied")
        RUNNING = "running", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    target = models.CharField(_("table"), max_length=100)
    filename = models.CharField(_("file"), max_length=255)
    # SHA-256 of the file: what is applied is what was previewed.
    digest = models.CharField(max_length=64, editable=False)
    # {header of the file: column here, or null to leave it out}
    mapping = models.JSONField(_("columns"), null=True, blank=True)
    # What the person chose, and what was detected: encoding, delimiter ...
    options = models.JSONField(_("options"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=Status, **default(Status.CHECKING.value)
    )
    row_count = models.IntegerField(_("rows"), **default(0))
    created_count = models.IntegerField(_("new"), **default(0))
    changed_count = models.IntegerField(_("changed"), **default(0))
    unchanged_count = models.IntegerField(_("unchanged"), **default(0))
    rejected_count = models.IntegerField(_("rejected"), **default(0))
    rows_done = models.IntegerField(_("rows done"), **default(0))
    # Sentences for the person: notes of the reading, a report of the stages, what went wrong.
    remarks = models.JSONField(_("remarks"), null=True, blank=True)
    # Of an applied batch: why it could not be undone, a line a reason.
    error = models.TextField(_("what went wrong"), null=True, blank=True)
    requested_by = TenantForeignKey(
        "core.User",
        db_column="requested_by",
        related_name="import_batches",
        verbose_name=_("imported by"),
    )
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="undone_by",
        related_name="+",
        verbose_name=_("undone by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "import_batches"
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="import_batches_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "checking",
                        "previewed",
                        "running",
                        "applied",
                        "undoing",
                        "refused",
                        "failed",
                        "undone",
                    ]
                ),
                name="check_import_status",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_import_batches_date"),
            models.Index(
                fields=["tenant", "requested_by", "-created_at"], name="idx_import_batches_user"
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class ImportRow(TenantModel):
    """What one line of an imported file created, changed, deleted, or why it was rejected.

    Unchanged lines are only counted. `before` and `after` hold {column: value} of what the line
    sets, as JSON; the undo compares `after` with the row as it is then. `problems` is a list of
    [label of the column or "", sentence].
    """

    class Outcome(models.TextChoices):
        CREATED = "created", _("New")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        REJECTED = "rejected", _("Rejected")

    # The database deletes them with their batch; Django would load them first.
    batch = TenantForeignKey(
        ImportBatch, on_delete=models.DO_NOTHING, related_name="rows", verbose_name=_("import")
    )
    # The file inside a bundle of several; empty for a single file.
    file = models.CharField(_("file"), max_length=50, **default(""))
    row_number = models.IntegerField(_("row"))
    table_name = models.CharField(_("table"), max_length=63)
    resource_id = models.UUIDField(_("id"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    problems = models.JSONField(_("problems"), null=True, blank=True)
    updated_at = None  # type: ignore[assignment]  # so Django leaves a field out

    class Meta(TenantModel.Meta):
        db_table = "import_rows"
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        ordering = ["file", "row_number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["created", "changed", "deleted", "rejected"]),
                name="check_import_outcome",
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "batch", "outcome", "file", "row_number"],
                name="idx_import_rows_batch",
            ),
            models.Index(fields=["tenant", "resource_id"], name="idx_import_rows_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.row_number}: {self.outcome}"
