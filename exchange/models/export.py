"""Files that left the school, or are being made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, default

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class ExportQuerySet(TenantQuerySet["Export"]):
    def unfinished(self) -> Self:
        return self.filter(status__in=[Export.Status.QUEUED, Export.Status.RUNNING])

    def expired(self) -> Self:
        return self.filter(expires_at__lte=timezone.now())


# What the kinds of files are called, as the apps register them (exchange.exports.kinds).
KIND_LABELS: dict[str, str | StrPromise] = {}


class KindField(models.CharField):
    """The kind of a file. Its choices are registered, and so are no part of a migration."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"choices": lambda: list(KIND_LABELS.items())})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        del options["choices"]
        return name, "django.db.models.CharField", args, options


class Export(TenantModel):
    """One file: what, with which filters, how much, for whom, and how far it has come.

    `template_id` is the report's ("user_roster_v1"), the list's layout ("users_v1"), or the name
    of what `kind` says. `filters` (with `sort` and `selection`) is enough to make the file again.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Origin(models.TextChoices):
        PERSON = "person", _("Asked for")
        SCHEDULE = "schedule", _("Scheduled")
        COMMAND = "command", _("By command")

    template_id = models.CharField(_("report"), max_length=100)
    template_version = models.CharField(_("version"), max_length=20)
    filename = models.CharField(_("file"), max_length=255)
    file_url = models.CharField(_("link"), max_length=500, null=True, blank=True)
    file_size = models.BigIntegerField(_("size in bytes"), null=True, blank=True)
    filters = models.JSONField(_("filters"), null=True, blank=True)
    row_count = models.IntegerField(_("rows"), null=True, blank=True)
    requested_by = TenantForeignKey(
        "core.User",
        db_column="requested_by",
        related_name="exports",
        verbose_name=_("requested by"),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    # Beside the specification's columns: how a file comes about. The role is the one whose rights
    # the file was made with: a demoted person has none to it any more.
    requester_role = models.CharField(max_length=20, null=True, blank=True, editable=False)
    # By default what the specification's table is for.
    kind = KindField(_("kind"), max_length=20, **default("report"))
    file_format = models.CharField(_("format"), max_length=10, null=True, blank=True)
    sort = models.CharField(_("order"), max_length=100, null=True, blank=True)
    selection = models.JSONField(
        _("chosen rows"),
        null=True,
        blank=True,
        help_text=_("Ids; empty: all that the filters let through."),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status, **default(Status.READY.value)
    )
    origin = models.CharField(
        _("origin"), max_length=20, choices=Origin, **default(Origin.PERSON.value)
    )
    rows_done = models.IntegerField(_("rows done"), **default(0))
    rows_total = models.IntegerField(
        _("rows expected"), null=True, blank=True, help_text=_("An estimate, for the progress bar.")
    )
    error = models.TextField(_("what went wrong"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # When the person was notified that their file is ready.
    noticed_at = models.DateTimeField(null=True, blank=True, editable=False)
    downloaded_at = models.DateTimeField(_("last downloaded"), null=True, blank=True)
    # The specification's table knows no updated_at.
    updated_at = None  # type: ignore[assignment]  # so Django leaves a field out

    objects = TenantManager.from_queryset(ExportQuerySet)()  # type: ignore[misc,assignment]  # wider

    class Meta(TenantModel.Meta):
        db_table = "exports"
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__regex="^[a-z_]+$"), name="check_export_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["queued", "running", "ready", "failed", "cancelled"]
                ),
                name="check_export_status",
            ),
            models.CheckConstraint(
                condition=models.Q(file_format__isnull=True)
                | models.Q(file_format__in=["csv", "xlsx", "pdf", "zip"]),
                name="check_export_format",
            ),
            models.CheckConstraint(
                condition=models.Q(origin__in=["person", "schedule", "command"]),
                name="check_export_origin",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "requested_by", "-created_at"], name="idx_exports_user"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_exports_date"),
            models.Index(fields=["expires_at"], name="idx_exports_expiry"),
        ]

    def __str__(self) -> str:
        return self.filename
