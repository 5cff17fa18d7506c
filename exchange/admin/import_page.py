"""What the page of one import says and offers, from its check to its undoing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.http import PersonRequest
from exchange.admin import import_rows, import_targets
from exchange.admin.import_columns import is_waiting
from exchange.imports.undoing import TAKING_BACK
from exchange.models import ImportBatch

Status = ImportBatch.Status
WORKING = {Status.CHECKING, Status.RUNNING, Status.UNDOING}
# Nothing of these is in the school's tables, so they may be thrown away.
UNAPPLIED = {Status.PREVIEWED, Status.REFUSED, Status.FAILED}
VARIANTS: dict[str, str] = {
    Status.CHECKING: "primary",
    Status.RUNNING: "primary",
    Status.PREVIEWED: "info",
    Status.APPLIED: "success",
    Status.REFUSED: "danger",
    Status.FAILED: "danger",
    Status.UNDOING: "primary",
    Status.UNDONE: "warning",
}
# Their counts say something, even when no row is listed.
COUNTED = {Status.PREVIEWED, Status.APPLIED, Status.UNDONE}
FORMATS = [("xlsx", "XLSX"), ("csv", "CSV")]


class BatchPage:
    """The context of the page of one batch that fills a table, for one reader."""

    def __init__(self, batch: ImportBatch, request: PersonRequest) -> None:
        self.batch, self.request = batch, request
        self.target = import_targets.get(batch.target)
        self.may_import = self.target.may_import(request)
        # Whoever lost the right to the table since finds the import, but no rows of other people.
        wanted = request.GET.get("outcome")
        self.outcome = import_rows.chosen_outcome(batch, wanted) if self.may_import else None

    # --- heading --------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return _("Import of %(name)s: %(file)s") % {
            "name": self.target.title,
            "file": self.batch.filename,
        }

    @property
    def status_text(self) -> str:
        return status_text(self.batch)

    @property
    def status_variant(self) -> str:
        return status_variant(self.batch)

    # --- at work --------------------------------------------------------------------------------

    @property
    def is_working(self) -> bool:
        return is_working(self.batch)

    @property
    def is_waiting(self) -> bool:
        return is_waiting(self.batch)

    @property
    def is_open(self) -> bool:
        """Whether nothing of it is in the school's tables, nor on its way there."""
        return self.batch.status in UNAPPLIED or self.is_waiting

    @property
    def progress_title(self) -> str:
        return progress_title(self.batch)

    @property
    def progress_sentence(self) -> str:
        return progress(self.batch)["sentence"]

    # --- what it says ---------------------------------------------------------------------------

    @property
    def trouble(self) -> list[str]:
        """Return the sentences of what went wrong."""
        batch = self.batch
        if batch.status in (Status.REFUSED, Status.FAILED):
            nothing = _("Nothing was changed.")
            error = batch.error or _("The import failed.")
            return [error] if nothing in error else [error, nothing]
        if has_rejected(batch):
            counted = ngettext(
                "One row cannot be imported.",
                "%(count)s rows cannot be imported.",
                batch.rejected_count,
            ) % {"count": f"{batch.rejected_count:,}"}
            return [
                counted,
                _("Nothing was changed. Correct the file and upload it again."),
            ]
        return []

    @property
    def not_undone(self) -> list[str]:
        return not_undone(self.batch)

    @property
    def changes_nothing(self) -> bool:
        return not (self.batch.created_count or self.batch.changed_count)

    @property
    def summary(self) -> str:
        batch = self.batch
        if self.is_waiting:
            return _("It is not yet known what the columns of the file mean.")
        if batch.status == Status.PREVIEWED and not batch.rejected_count:
            if self.changes_nothing:
                return _("Nothing has been changed.")
            return _("Nothing has been changed yet. Look at the rows, then apply the import.")
        if batch.status == Status.APPLIED:
            return _(
                "Applied on %(when)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged."
            ) % {"when": moment(batch.applied_at), **self._counts()}
        if batch.status == Status.UNDONE:
            return _("Undone on %(when)s by %(who)s. The rows are as they were before.") % {
                "when": moment(batch.undone_at),
                "who": batch.undone_by or _("somebody"),
            }
        return ""

    def _counts(self) -> dict[str, str]:
        batch = self.batch
        return {
            "new": f"{batch.created_count:,}",
            "changed": f"{batch.changed_count:,}",
            "unchanged": f"{batch.unchanged_count:,}",
        }

    @property
    def remarks(self) -> list[str]:
        """Return what was noted while reading; afterwards it stands among the facts."""
        return (self.batch.remarks or []) if self.is_open else []

    # --- what it offers -------------------------------------------------------------------------

    @property
    def may_apply(self) -> bool:
        return self.may_import and self.batch.status == Status.PREVIEWED

    @property
    def apply_text(self) -> str:
        return _("Apply")

    @property
    def why_not_apply(self) -> str:
        if self.batch.rejected_count:
            return _("It can be applied when no row is rejected: all rows go in, or none.")
        if self.changes_nothing:
            return _("There is nothing to apply: every row is here already, just like this.")
        return ""

    @property
    def may_discard(self) -> bool:
        """Also while it waits for a worker: there may be none."""
        is_queued = self.batch.status == Status.CHECKING and not self.batch.rows_done
        return self.may_import and (self.is_open or is_queued)

    @property
    def undo_url(self) -> str:
        if self.may_import and self.batch.status == Status.APPLIED and not self.changes_nothing:
            return self._url("undo")
        return ""

    @property
    def columns_url(self) -> str:
        return self._url("columns") if self.may_import and self.is_open else ""

    @property
    def again_url(self) -> str:
        return self.target.upload_url if self.may_import and self.is_open else ""

    @property
    def list_url(self) -> str:
        return self.target.list_url if self.batch.status == Status.APPLIED else ""

    @property
    def delete_url(self) -> str:
        """Of what is over; before that it is discarded."""
        opts, user = self.batch._meta, self.request.user
        may = user.has_perm(f"{opts.app_label}.delete_{opts.model_name}")
        is_over = not (self.may_discard or self.is_working)
        return self._url("delete") if may and is_over else ""

    @property
    def has_buttons(self) -> bool:
        return bool(
            self.may_apply
            or self.delete_url
            or self.may_discard
            or self.columns_url
            or self.again_url
            or self.list_url
            or self.undo_url
        )

    @property
    def apply_url(self) -> str:
        return self._url("apply")

    @property
    def discard_url(self) -> str:
        return self._url("discard")

    @property
    def progress_url(self) -> str:
        return self._url("progress")

    @property
    def rejected_urls(self) -> list[tuple[str, str]]:
        if not (self.may_import and self.batch.rejected_count):
            return []
        return [(label, self._url("rejected", suffix)) for suffix, label in FORMATS]

    def _url(self, page: str, *args: object) -> str:
        return reverse(f"admin:exchange_importbatch_{page}", args=[self.batch.pk, *args])

    # --- rows -----------------------------------------------------------------------------------

    @property
    def tabs(self) -> list[import_rows.Tab]:
        if self.outcome is None and self.batch.status not in COUNTED:
            return []
        return import_rows.tabs(self.batch, self.outcome)

    @cached_property
    def rows(self) -> import_rows.RowPage | None:
        if self.outcome is None:
            return None
        after = self.request.GET.get("after", "")
        return import_rows.RowPage(self.request, self.batch, self.target.model, self.outcome, after)

    # --- about ----------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        return self.batch.status in (Status.APPLIED, Status.UNDONE)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return [(label, text)]."""
        batch = self.batch
        entries = [
            (_("File"), batch.filename),
            (_("Table"), capfirst(self.target.title)),
            (_("Rows"), f"{batch.row_count:,}"),
            (_("Uploaded"), f"{moment(batch.created_at)}, {batch.requested_by}"),
        ]
        if batch.applied_at:
            entries.append((_("Applied"), moment(batch.applied_at)))
        if batch.remarks and not self.remarks:
            entries.append((_("Remarks"), " ".join(batch.remarks)))
        return entries

    @property
    def mapping(self) -> list[tuple[str, str]]:
        """Return [(header of the file, label of the column here or "")], left out ones last.

        In our order: that of the file is not kept.
        """
        labels = self.target.labels
        headers = {name: header for header, name in (self.batch.mapping or {}).items() if name}
        unused = [header for header, name in (self.batch.mapping or {}).items() if not name]
        return [(headers[name], labels[name]) for name in labels if name in headers] + [
            (header, "") for header in unused
        ]


def is_working(batch: ImportBatch) -> bool:
    """Return whether the batch is being checked, applied or undone, or waits for its turn."""
    return batch.status in WORKING and not is_waiting(batch)


def progress_title(batch: ImportBatch) -> str:
    """Return the heading of what is done with a batch."""
    if batch.status == Status.UNDOING:
        return _("The import is being undone")
    if batch.status == Status.CHECKING:
        return _("The file is being checked")
    return _("The file is being applied")


def progress(batch: ImportBatch) -> dict[str, Any]:
    """Return how far a batch is, as its page asks for it every second."""
    done, total = f"{batch.rows_done:,}", f"{batch.row_count:,}"
    if not batch.rows_done:
        sentence = _("Waiting for its turn …")
    elif batch.status == Status.UNDOING:
        is_compared = batch.rows_done >= TAKING_BACK * batch.row_count
        sentence = (
            _("The rows are being put back …") if is_compared else _("The rows are compared …")
        )
    elif not batch.row_count:
        sentence = _("%(done)s rows so far.") % {"done": done}
    elif batch.rows_done >= batch.row_count:
        sentence = _("%(total)s rows are read; now the database tries them …") % {"total": total}
    else:
        sentence = _("%(done)s of %(total)s rows.") % {"done": done, "total": total}
    return {
        "working": is_working(batch),
        "done": batch.rows_done,
        "total": batch.row_count,
        "sentence": sentence,
    }


def not_undone(batch: ImportBatch) -> list[str]:
    """Return what stood in the way when somebody tried to undo an applied batch: sentences."""
    return (batch.error or "").splitlines() if batch.status == Status.APPLIED else []


def has_rejected(batch: ImportBatch) -> bool:
    """Return whether a checked batch cannot be applied because of its rows."""
    return batch.status == Status.PREVIEWED and batch.rejected_count > 0


def status_text(batch: ImportBatch) -> str:
    if is_waiting(batch):
        return _("Columns to be named")
    return _("Checked, rows rejected") if has_rejected(batch) else batch.get_status_display()


def status_variant(batch: ImportBatch) -> str:
    """Return the colour of the status; the text says it, too."""
    return "danger" if has_rejected(batch) else VARIANTS[batch.status]


def moment(value: datetime | None) -> str:
    """Return a moment at the school's clock; "" for none."""
    return "" if value is None else date_format(timezone.localtime(value), "DATETIME_FORMAT")
