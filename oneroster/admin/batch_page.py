"""The page of one imported bundle: the table of its files, and its rows by pages."""

import uuid
from urllib.parse import urlencode

from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.admin.import_page import (
    VARIANTS,
    WORKING,
    moment,
    not_undone,
    progress,
    progress_title,
)
from exchange.models import ImportBatch, ImportRow
from oneroster.admin.lines import PLACE, SKIPPED, Lines, rows_of, skipped_line
from oneroster.incoming.imports import TARGET, files_in_order

PAGE = 50
Status, Outcome = ImportBatch.Status, ImportRow.Outcome
UNAPPLIED = {Status.PREVIEWED, Status.REFUSED, Status.FAILED}
# Columns of the table of files: outcome of `oneroster.report` -> header.
COUNTS = [
    ("created", gettext_lazy("New")),
    ("updated", gettext_lazy("Changed")),
    ("archived", gettext_lazy("Archived")),
    ("unchanged", gettext_lazy("Unchanged")),
    ("skipped", gettext_lazy("Left out")),
    ("rejected", gettext_lazy("Rejected")),
]
# Tabs of the rows: outcome of ImportRow (or "skipped") -> label.
TABS = {
    "rejected": gettext_lazy("Rejected"),
    "created": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "deleted": gettext_lazy("Deleted"),
    "skipped": SKIPPED,
}


class OneRosterTarget:
    """A bundle of files about a whole school, as the pages of imports know it."""

    label = TARGET

    @property
    def title(self):
        return _("OneRoster")

    def page_url(self, batch):
        return reverse("admin:oneroster_import", args=[batch.pk])


class Page:
    """The context of one batch's page."""

    def __init__(self, batch, request):
        self.batch, self.request = batch, request
        self.options = batch.options or {}

    @property
    def title(self):
        return _("OneRoster: %(file)s") % {"file": self.batch.filename}

    @property
    def url(self):
        return reverse("admin:oneroster_import", args=[self.batch.pk])

    @property
    def progress_url(self):
        return reverse("admin:exchange_importbatch_progress", args=[self.batch.pk])

    # --- where it stands ------------------------------------------------------------------------

    @property
    def is_waiting(self):
        """Whether nobody has said yet which of the bundle's schools is meant."""
        is_open = self.batch.status in (Status.CHECKING, Status.REFUSED)
        return is_open and "schools" in self.options and not self.options.get("org")

    @property
    def schools(self):
        return self.options["schools"]

    @property
    def is_working(self):
        return self.batch.status in WORKING and not self.is_waiting

    @property
    def progress_title(self):
        return progress_title(self.batch)

    @property
    def is_preview(self):
        return self.batch.status == Status.PREVIEWED

    @property
    def status_text(self):
        if self.is_waiting:
            return _("School to be chosen")
        return self.batch.get_status_display()

    @property
    def status_variant(self):
        return VARIANTS[self.batch.status]

    @property
    def progress_sentence(self):
        return progress(self.batch)["sentence"]

    @property
    def changes_nothing(self):
        return not (self.batch.created_count or self.batch.changed_count)

    @property
    def may_apply(self):
        return self.is_preview and not self.changes_nothing

    @property
    def may_discard(self):
        is_queued = self.batch.status == Status.CHECKING and not self.batch.rows_done
        return self.batch.status in UNAPPLIED or is_queued

    @property
    def apply_text(self):
        return _("Import now")

    @property
    def apply_url(self):
        return reverse("admin:oneroster_apply", args=[self.batch.pk])

    @property
    def again_url(self):
        return reverse("admin:oneroster") if self.may_discard else ""

    @property
    def discard_url(self):
        return reverse("admin:oneroster_discard", args=[self.batch.pk])

    @property
    def undo_url(self):
        if self.batch.status == Status.APPLIED and not self.changes_nothing:
            return reverse("admin:oneroster_undo", args=[self.batch.pk])
        return ""

    @property
    def rows_url(self):
        return reverse("admin:oneroster_rows", args=[self.batch.pk]) if self.files else ""

    @property
    def has_buttons(self):
        return bool(self.may_apply or self.may_discard or self.undo_url or self.rows_url)

    # --- what it says ---------------------------------------------------------------------------

    @property
    def trouble(self):
        batch = self.batch
        if batch.status not in (Status.REFUSED, Status.FAILED):
            return []
        error, nothing = batch.error or _("The import failed."), _("Nothing was changed.")
        return [error] if nothing in error else [error, nothing]

    @property
    def not_undone(self):
        return not_undone(self.batch)

    @property
    def remarks(self):
        sentences = []
        if self.options.get("is_new_preview"):
            sentences.append(
                _(
                    "Since the preview something has changed in the school, so nothing was"
                    " imported. This is the new preview: look at it, then apply again."
                )
            )
        if self.is_preview and self.batch.rejected_count:
            sentences.append(
                _("Rejected rows are left out: %(count)s. The others can be imported.")
                % {"count": f"{self.batch.rejected_count:,}"}
            )
        return sentences

    @property
    def notes(self):
        """Return what was noted while the bundle was read."""
        return [] if self.trouble else self.batch.remarks

    @property
    def summary(self):
        batch = self.batch
        if self.is_preview and self.changes_nothing:
            return _("There is nothing to apply: the school has all of this already.")
        if self.is_preview:
            return _("This is a preview: nothing has been changed yet.")
        if batch.status == Status.APPLIED:
            return _("Imported on %(when)s.") % {"when": moment(batch.applied_at)}
        if batch.status == Status.UNDONE:
            return _("Undone on %(when)s by %(who)s. The school is as it was before.") % {
                "when": moment(batch.undone_at),
                "who": batch.undone_by or _("somebody"),
            }
        return ""

    @property
    def effects(self):
        """Return sentences about what undoing takes back."""
        sentences = []
        if self.batch.created_count:
            sentences.append(
                _("What %(count)s new rows of the bundle made is removed.")
                % {"count": f"{self.batch.created_count:,}"}
            )
        if self.batch.changed_count:
            sentences.append(
                _("What %(count)s rows of the bundle changed or archived is put back.")
                % {"count": f"{self.batch.changed_count:,}"}
            )
        sentences.append(_("What the bundle calls its rows (sourcedIds) is forgotten again."))
        return sentences

    @property
    def facts(self):
        batch, options = self.batch, self.options
        entries = [
            (_("File"), batch.filename),
            (_("Rows"), f"{batch.row_count:,}"),
            (_("Uploaded"), f"{moment(batch.created_at)}, {batch.requested_by}"),
        ]
        if options.get("school"):
            entries.append((_("School in the bundle"), options["school"]))
        wanted = _("taken over") if options.get("demographics") else _("left out")
        entries.append((_("Demographics"), wanted))
        return entries

    # --- files and rows -------------------------------------------------------------------------

    @property
    def headers(self):
        return [_("File"), _("Rows"), *(label for _outcome, label in COUNTS)]

    @property
    def files(self):
        """Return [(file, its URL, [counts])], the sum last."""
        counts, rows = self.options.get("counts", {}), self.options.get("rows", {})
        lines = []
        for name in files_in_order(rows):
            file_counts = counts.get(name, {})
            numbers = [rows[name], *(file_counts.get(outcome, 0) for outcome, _label in COUNTS)]
            lines.append((f"{name}.csv", self._query(file=name), numbers))
        if len(lines) > 1:
            sums = [sum(column) for column in zip(*(line[2] for line in lines), strict=True)]
            lines.append((_("All"), self._query(file=""), sums))
        return lines

    @cached_property
    def file(self):
        wanted = self.request.GET.get("file", "")
        return wanted if wanted in self.options.get("rows", {}) else ""

    @cached_property
    def _numbers(self):
        """Return {tab: number of its lines} of the chosen file."""
        rows = rows_of(self.batch)
        rows = rows.filter(file=self.file) if self.file else rows
        counts = {outcome: rows.filter(outcome=outcome).count() for outcome in Outcome.values}
        return counts | {"skipped": len(self._skipped)}

    @property
    def _skipped(self):
        skipped = self.options.get("skipped", [])
        return [row for row in skipped if self.file in ("", row[0])]

    @cached_property
    def tab(self):
        wanted = self.request.GET.get("outcome")
        filled = [name for name in TABS if self._numbers[name]]
        return wanted if wanted in filled else next(iter(filled), None)

    @property
    def tabs(self):
        return [
            {
                "label": label,
                "count_text": f"{self._numbers[name]:,}",
                "url": self._query(outcome=name),
                "is_open": name == self.tab,
            }
            for name, label in TABS.items()
            if self._numbers[name]
        ]

    @cached_property
    def rows(self):
        """Return {"lines", "first_url", "next_url"} of the open tab."""
        if self.tab == "skipped":
            lines = [skipped_line(row) for row in self._skipped[: PAGE * 10]]
            return {"lines": lines, "first_url": "", "next_url": ""}
        after = self.request.GET.get("after", "")
        page_rows = list(self._after(after)[: PAGE + 1])
        is_more = len(page_rows) > PAGE
        return {
            "lines": Lines(self.batch, page_rows[:PAGE]).lines,
            "first_url": self._query(outcome=self.tab) if after else "",
            "next_url": self._query(outcome=self.tab, after=page_rows[PAGE - 1].pk)
            if is_more
            else "",
        }

    def _after(self, after):
        """Return the rows after the one with this id; an unknown id starts at the beginning."""
        rows = rows_of(self.batch).filter(outcome=self.tab).order_by(*PLACE)
        rows = rows.filter(file=self.file) if self.file else rows
        try:
            place = self.batch.rows.values_list(*PLACE).get(pk=uuid.UUID(after)) if after else None
        except (ValueError, ImportRow.DoesNotExist):
            place = None
        return rows.filter(TupleGreaterThan(Tuple(*PLACE), place)) if place else rows

    def _query(self, **changes):
        """Return the address with the chosen file and `changes`."""
        chosen = {"file": self.file} | changes
        return f"?{urlencode({k: v for k, v in chosen.items() if v})}"
