"""The rows of one import as its page shows them: a tab for each outcome, one page of rows.

Pages are cut by the row after which they begin, not by counting rows off: the last page of a
million costs what the first one does. The counts stand in the batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.fields.tuple_lookups import (  # type: ignore[import-untyped]  # no stub
    Tuple,
    TupleGreaterThan,
)
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.admin.import_values import Values
from exchange.models import ImportBatch, ImportRow

PAGE = 50
Outcome = ImportRow.Outcome
Status = ImportBatch.Status
# Of a table all rows have the same file, none; it is named for the sake of the index.
PLACE = ("file", "row_number", "id")


@dataclass
class Tab:
    """A count; with a `url` where there are rows to look at."""

    label: str
    count: int
    url: str = ""
    is_open: bool = False

    @property
    def count_text(self) -> str:
        return f"{self.count:,}"


@dataclass
class Cell:
    """A value of the row; `before` where the row changes it."""

    after: str
    before: str = ""
    is_changed: bool = False
    is_wrong: bool = False


@dataclass
class Line:
    """One row of the file, ready to be shown."""

    number: int
    url: str
    problems: list[tuple[str, str]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)


def _differing(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return of a changed row's {label: text} what differs; of a new one's all."""
    if not before:
        return {}, dict(after)
    labels = [label for label in {**before, **after} if before.get(label) != after.get(label)]
    return (
        {label: before.get(label, "") for label in labels},
        {label: after.get(label, "") for label in labels},
    )


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """Return {outcome: how many rows}, in the order of the tabs: what needs attention first.

    Changed before new: a change takes the place of something.
    """
    return {
        Outcome.REJECTED.value: batch.rejected_count,
        Outcome.CHANGED.value: batch.changed_count,
        Outcome.CREATED.value: batch.created_count,
    }


def chosen_outcome(batch: ImportBatch, wanted: str | None) -> str | None:
    """Return the outcome whose rows are shown: the wanted one, else the first that has any."""
    counts = counts_of(batch)
    if wanted and counts.get(wanted):
        return wanted
    return next((outcome for outcome, count in counts.items() if count), None)


def tabs(batch: ImportBatch, chosen: str | None) -> list[Tab]:
    """Return the `Tab`s of a batch; `chosen` is the outcome that is open."""
    shown = [
        Tab(
            str(Outcome(outcome).label),
            count,
            url=f"?{urlencode({'outcome': outcome})}" if count else "",
            is_open=outcome == chosen,
        )
        for outcome, count in counts_of(batch).items()
    ]
    return [*shown, Tab(_("Unchanged"), batch.unchanged_count)]


class RowPage:
    """One page of the rows of one outcome, and the links to the first and the next page."""

    def __init__(
        self,
        request: HttpRequest,
        batch: ImportBatch,
        model: type[Model],
        outcome: str,
        after: str = "",
    ) -> None:
        """`model`: whose table it fills. `after`: the id of the last row before the page, or ""."""
        self.batch, self.outcome = batch, outcome
        rows = self._after(batch.rows.filter(outcome=outcome).order_by(*PLACE), after)
        page_rows = list(rows[: PAGE + 1])
        self.rows = page_rows[:PAGE]
        self.values = Values(model, request)
        self._load()
        texts = {row.pk: self._texts(row) for row in self.rows}
        self.labels = self._labels(texts.values())
        self.has_problems = outcome == Outcome.REJECTED
        self.lines = [self._line(row, *texts[row.pk]) for row in self.rows]
        self.has_links = any(line.url for line in self.lines)
        self.first_url = self._url() if after else ""
        self.next_url = self._url(self.rows[-1].pk) if len(page_rows) > PAGE else ""

    def _after(self, rows: QuerySet[ImportRow], after: str) -> QuerySet[ImportRow]:
        """Cut off what comes before; an id that is none of this batch starts at the beginning."""
        try:
            place = self.batch.rows.values_list(*PLACE).get(pk=uuid.UUID(after)) if after else None
        except (ValueError, ImportRow.DoesNotExist):
            place = None
        return rows.filter(TupleGreaterThan(Tuple(*PLACE), place)) if place else rows

    def _url(self, after: UUID | None = None) -> str:
        query = {"outcome": self.outcome} | ({"after": after} if after else {})
        return f"?{urlencode(query)}"

    def _load(self) -> None:
        """Look up what the rows are about and refer to: a few queries for the whole page."""
        self.keys = {}
        if self.outcome != Outcome.REJECTED:
            contents = [content for row in self.rows for content in (row.before, row.after)]
            self.values.load(list(filter(None, contents)))
        if self.outcome == Outcome.CHANGED:
            self.keys = self.values.keys([row.resource_id for row in self.rows if row.resource_id])

    def _texts(self, row: ImportRow) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        """Return (keys, before, after), each {label: text}.

        Of a changed row only what changes is kept; the keys say which row that is.
        """
        if self.outcome == Outcome.REJECTED:
            return {}, {}, self.values.cells(row.after or {})
        before, after = row.before or {}, row.after or {}
        keys = self.keys.get(row.resource_id, {}) if row.resource_id else {}
        return keys, *_differing(self.values.texts(before), self.values.texts(after))

    @staticmethod
    def _labels(texts: Iterable[Iterable[Mapping[str, str]]]) -> list[str]:
        """Return the labels of all columns of the page, in order."""
        return list(dict.fromkeys(label for row in texts for content in row for label in content))

    def _line(
        self, row: ImportRow, keys: dict[str, str], before: dict[str, str], after: dict[str, str]
    ) -> Line:
        wrong = {label for label, _sentence in row.problems or []}
        known = keys | before | after
        return Line(
            number=row.row_number,
            url=self._address(row),
            problems=row.problems or [],
            cells=[
                Cell(
                    after=known.get(label, ""),
                    before=before.get(label, ""),
                    is_changed=label in before and label in after,
                    is_wrong=label in wrong,
                )
                for label in self.labels
            ],
        )

    def _address(self, row: ImportRow) -> str:
        """Return the address of the row's page in the admin, where there is such a row by now."""
        there = row.outcome == Outcome.CHANGED or (
            row.outcome == Outcome.CREATED and self.batch.status == Status.APPLIED
        )
        if not (there and row.resource_id):
            return ""
        opts = self.values.model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        return reverse(name, args=[row.resource_id])
