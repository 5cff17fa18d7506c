"""From the rows of a file to the rows of a table: all of them, or none and a list of reasons.

`ImportResource.judge` says of one row what it is about, what it would change and what is wrong with
it. django-import-export goes through a small file with it (`import_data`), `exchange.imports.bulk`
through a large one piece by piece; what was judged is written by `exchange.imports.staging` in both
cases. So there is one definition of each rule, and one sentence.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import ForeignKey, Model
from django.db.models.base import ModelState
from django.utils.translation import gettext as _
from import_export.results import RowResult
from tablib import Dataset

from exchange import columns
from exchange.imports import matching
from exchange.imports.uploads import UploadRefused
from exchange.resources import SchoolResource

if TYPE_CHECKING:
    from core.models import User
    from exchange.imports.uploads import Sheet

# What the database calls a column where the file and the form say something else.
ROW = ""


@dataclass(slots=True)
class Verdict:
    """What is to become of one row of a file.

    `number`     of the row in the spreadsheet
    `cells`      as they were read
    `instance`   of the model, with the values of the file; None when the row is wrong
    `fields`     names of the fields that change an existing row
    `problems`   [(label of the column or "", sentence)]
    """

    number: int
    cells: list[Any]
    instance: Model | None = None
    is_new: bool = False
    fields: tuple[str, ...] = ()
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        return not (self.is_new or self.fields or self.problems)


class ImportedRow(RowResult):
    """A verdict as django-import-export counts it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict
        if verdict.problems:
            self.import_type = RowResult.IMPORT_TYPE_INVALID
            self.validation_error = ValidationError([text for _label, text in verdict.problems])
        elif verdict.is_new:
            self.import_type = RowResult.IMPORT_TYPE_NEW
        elif verdict.fields:
            self.import_type = RowResult.IMPORT_TYPE_UPDATE
        else:
            self.import_type = RowResult.IMPORT_TYPE_SKIP


@dataclass
class Piece:
    """Some rows of a file that are judged together: the columns' names and [(number, cells)]."""

    names: Sequence[str | None]
    rows: list[tuple[int, list[Any]]]

    def texts(self, name: str) -> set[str]:
        """Return the distinct texts of a column, in lower case; unreadable cells are left out."""
        if name not in self.names:
            return set()
        place = self.names.index(name)
        raw_texts = {cells[place] for _number, cells in self.rows}
        return {
            text
            for raw in raw_texts
            if not columns.is_blank(raw)
            and "\x00" not in (text := columns.restore(columns.as_text(raw).strip()).casefold())
        }

    def dates(self, column: columns.Column) -> set[date]:
        """Return the distinct readable days of a column."""
        days = set()
        for raw in {cells[self.names.index(column.attribute)] for _number, cells in self.rows}:
            try:
                days.add(column.widget.clean(raw))
            except ValueError:
                continue
        return days - {None}


class ImportResource(SchoolResource):
    """A resource whose files can be read back.

    A subclass declares `Column`s and writes `prepare`, `find` and, where a row needs more than its
    columns say, `complete` (with the fields it may set in `completes`) and `check`.
    """

    # Fields of the model that `complete` may set.
    completes: Sequence[str] = ()
    # field of the model -> columns of the file that say it
    stands_in: Mapping[str, Sequence[str]] = {}
    # column of the table -> values between which the database moves a row by itself
    drifts: Mapping[str, Sequence[str]] = {}

    class Meta:
        use_bulk = True  # we write in batches ourselves, and need no savepoint a row
        skip_diff = True
        report_skipped = True

    def __init__(self, by: User | None = None, **kwargs: Any) -> None:
        """`by` is the person who imports."""
        super().__init__(**kwargs)
        self.by = by
        self.names: list[str | None] = []
        self.present: list[columns.Column] = []
        self.numbers: list[int] = []
        self.seen: dict[Any, int] = {}
        # The attributes that the row being judged asks to empty.
        self.cleared: set[str] = set()

    # --- the file ------------------------------------------------------------------------------

    def read_by(self, mapping: Mapping[str, str | None], headers: Sequence[str]) -> None:
        """Say which columns there are: the headers `found`, by {header: column or None}.

        Raises `UploadRefused` for headers that are missing or double where they matter.
        """
        if wrong := matching.problems(self.columns(), headers, mapping):
            raise UploadRefused(" ".join(wrong))
        self.names = [mapping.get(header) if header else None for header in headers]
        by_name = {column.attribute: column for column in self.columns()}
        placed = [(at, by_name[name]) for at, name in enumerate(self.names) if name]
        self.present = [column for _at, column in placed]
        self._taken_from = [
            (at, column.attribute, column.widget, column.required)
            for at, column in placed
            if not self._is_shown_only(column)
        ]
        fields = self._meta.model._meta
        self._written = [column.attribute for column in self.present if not column.readonly]
        self._may_be_empty = {
            column.attribute
            for column in self.present
            if not (column.required or column.needed)
            and (column.is_loose or not column.readonly and fields.get_field(column.attribute).null)
        }
        self.writable = [
            fields.get_field(name) for name in dict.fromkeys([*self._written, *self.completes])
        ]
        written = set(self._written)
        self._not_tested = {
            f.name for f in fields.fields if f.name not in written or isinstance(f, ForeignKey)
        }
        self.prototype = self.init_instance()

    def unused(self, headers: Sequence[str]) -> list[str]:
        """Return the headers that nothing is taken from."""
        return [
            header
            for header, name in zip(headers, self.names, strict=True)
            if header and (name is None or self._is_shown_only(self.column(name)))
        ]

    def rows_of(self, sheet: Sheet) -> Iterator[tuple[int, list[Any]]]:
        """Yield (number, cells) of a `Sheet`, as many cells as there are headers."""
        width = len(self.names)
        for number, cells in sheet:
            if len(cells) > width:
                raise UploadRefused(
                    _("Row %(row)d has more cells than there are headers.") % {"row": number}
                )
            yield number, cells + [None] * (width - len(cells))

    def dataset(self, sheet: Sheet) -> Dataset:
        """Return a `Sheet` as the tablib Dataset that `import_data` takes."""
        data = Dataset(headers=[name or f"?{at}" for at, name in enumerate(self.names)])
        for number, cells in self.rows_of(sheet):
            data.append(cells)
            self.numbers.append(number)
        return data

    # --- for subclasses ------------------------------------------------------------------------

    def prepare(self, piece: Piece) -> None:
        """Load what the rows of a `Piece` refer to: fill the `known` of Reference columns."""

    def find(self, values: dict[str, Any]) -> Model | None:
        """Return the existing instance that cleaned `values` {attribute: value} are about, or None.

        Raises ValidationError ({attribute: sentence}) when that cannot be said.
        """
        raise NotImplementedError

    def key(self, values: dict[str, Any], instance: Any) -> Any:
        """Return what two rows of one file must not have in common, or None."""
        return tuple(values.get(column.attribute) for column in self.columns() if column.key)

    def complete(
        self, instance: Any, values: dict[str, Any], is_new: bool, changed: Collection[str] | bool
    ) -> None:
        """Set the fields of `completes` from the columns, of which `changed` changed something."""

    def check(self, instance: Any, values: dict[str, Any], is_new: bool) -> None:
        """Raise ValidationError for what the model's own validation does not know."""

    # --- rows ----------------------------------------------------------------------------------

    def import_data(self, dataset: Dataset, **kwargs: Any) -> Any:
        """Judge every row of a Dataset of ours; exchange.imports.staging writes."""
        self.begin_piece(Piece(self.names, list(zip(self.numbers, dataset, strict=True))))
        return super().import_data(
            dataset, dry_run=True, use_transactions=False, raise_errors=False, **kwargs
        )

    def import_row(
        self, row: Mapping[str, Any], instance_loader: object, row_number: int, **kwargs: Any
    ) -> ImportedRow:
        return ImportedRow(self.judge(self.numbers[row_number - 1], list(row.values())))

    def begin_piece(self, piece: Piece) -> None:
        """Get ready to judge the rows of a piece."""
        # A few texts make up most of these columns; each is read once a piece.
        self._readings: dict[str, dict[str, Any]] = {
            name: {} for _at, name, kind, _r in self._taken_from if kind.repeats
        }
        self.prepare(piece)

    def judge(self, number: int, cells: list[Any]) -> Verdict:
        """Return the `Verdict` on a row of the piece begun with `begin_piece`."""
        verdict = Verdict(number, cells)
        cleared: set[str] = set()
        self.cleared = cleared
        try:
            values = self._clean(cells, cleared)
            instance = self.find(values)
            self._refuse_double(values, instance, number)
            self._take_over(values, cleared, instance, verdict)
        except ValidationError as error:
            verdict.problems = self._sentences(error)
        return verdict

    def _clean(self, cells: list[Any], cleared: set[str]) -> dict[str, Any]:
        """Return {attribute: Python value}; raises ValidationError with every bad cell.

        The attributes that the row asks to empty are added to the set `cleared`; their value is
        None, as that of a blank cell.
        """
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for at, name, kind, required in self._taken_from:
            if columns.is_clear(cells[at]):
                values[name] = None
                cleared.add(name)
                if name not in self._may_be_empty:
                    errors[name] = _("This cannot be emptied; write a value instead of “-”.")
                continue
            try:
                values[name] = value = self._reading(name, kind, cells[at])
            except ValueError as error:
                errors[name] = str(error)
                continue
            if value is None and required:
                errors[name] = _("This is required.")
        if errors:
            raise ValidationError(errors)
        return values

    def _reading(self, name: str, kind: columns.Kind, raw: Any) -> Any:
        known = self._readings.get(name)
        if known is None or type(raw) is not str:
            return kind.clean(raw)
        if raw not in known:
            known[raw] = kind.clean(raw)
        return known[raw]

    def _refuse_double(self, values: dict[str, Any], instance: Any, number: int) -> None:
        key = self.key(values, instance)
        if key is None:
            return
        if key in self.seen:
            raise ValidationError(
                _("This is already in row %(row)d of the file.") % {"row": self.seen[key]}
            )
        self.seen[key] = number

    def _take_over(
        self, values: dict[str, Any], cleared: set[str], instance: Model | None, verdict: Verdict
    ) -> None:
        """Put the values into the instance, and note what that changes."""
        is_new = instance is None
        instance = self._new_instance() if instance is None else instance
        before = instance.__dict__.copy()
        for name in self._written:
            # A blank cell leaves what is there, or a new row's default.
            if values[name] is not None or name in cleared:
                setattr(instance, name, values[name])
        self.complete(instance, values, is_new, is_new or self._changed(before, instance))
        if is_new:
            self._require_needed(instance)
        instance.clean_fields(exclude=self._not_tested)
        instance.clean()
        self.check(instance, values, is_new)
        verdict.instance, verdict.is_new = instance, is_new
        verdict.fields = () if is_new else self._changed(before, instance)

    def _new_instance(self) -> Any:
        """Return a copy of a new instance: to make each one anew is most of the time of a row."""
        instance = self.prototype.__class__.__new__(self.prototype.__class__)
        instance.__dict__.update(self.prototype.__dict__)
        instance._state = ModelState()
        instance.pk = uuid.uuid4()
        return instance

    def _changed(self, before: Mapping[str, Any], instance: Any) -> tuple[str, ...]:
        """Return the names of the fields whose values differ from `before` (instance.__dict__)."""
        after = instance.__dict__
        return tuple(f.name for f in self.writable if before.get(f.attname) != after.get(f.attname))

    def _require_needed(self, instance: Any) -> None:
        errors = {}
        for column in self.columns():
            if column.needed:
                model_field = instance._meta.get_field(column.attribute)
                if instance.__dict__.get(model_field.attname) in (None, ""):
                    errors[column.attribute] = _("A new row needs “%(label)s”.") % {
                        "label": column.label
                    }
        if errors:
            raise ValidationError(errors)

    @staticmethod
    def _is_shown_only(column: columns.Column) -> bool:
        """Return whether a column is there for the reader and not taken from the file."""
        return not column.is_taken

    # --- sentences -----------------------------------------------------------------------------

    def _sentences(self, error: ValidationError) -> list[tuple[str, str]]:
        messages_by_field = (
            error.message_dict if hasattr(error, "error_dict") else {ROW: error.messages}
        )
        return [
            (self.label_of(name), str(message))
            for name, messages in messages_by_field.items()
            for message in messages
        ]

    def label_of(self, name: str | None) -> str:
        """Return the label of the column that a field of model, form or database stands in."""
        if name is None or name in (ROW, NON_FIELD_ERRORS):
            return ""
        labels = {column.attribute: str(column.label) for column in self.present}
        for candidate in (name, *self.stands_in.get(name, ())):
            if candidate in labels:
                return labels[candidate]
        return ""

    # --- maps ----------------------------------------------------------------------------------

    def known(self, name: str, rows: Iterable[Model]) -> None:
        """Tell a Reference column what rows there are: an iterable of instances."""
        widget = self.column(name).widget
        widget.known = defaultdict(list)
        for row in rows:
            widget.known[str(getattr(row, widget.attribute)).casefold()].append(row)


def show(value: Any) -> str:
    """Return a typed value as the preview shows it."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return text[:5] if len(text) == 8 and text[2] == ":" else text
    return str(value)
