"""From the rows of a file to the rows of a table: all of them, or none and a list of reasons.

django-import-export drives it (`import_data`: transaction, dry run, result); what is ours is that
rows are told apart by natural keys from maps that are loaded once, that they are written in
batches, and that what the database refuses becomes a sentence at the row and column it is about.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import ForeignKey
from django.utils.translation import gettext as _
from import_export.results import RowResult
from tablib import Dataset

from core import constraints
from core.exchange import columns
from core.exchange.resources import SchoolResource
from core.exchange.uploads import UploadRefused

BATCH = 250
# What the database calls a column where the file and the form say something else.
ROW = ""


@dataclass
class Cell:
    """One value of the preview; `before` is set where the row changes it."""

    label: str
    value: object
    before: object = None
    changed: bool = False
    problems: list = field(default_factory=list)


class ImportedRow(RowResult):
    """What became of one row: its number in the spreadsheet, its cells, what is wrong with it."""

    number = 0

    def __init__(self):
        super().__init__()
        self.cells = {}
        self.problems = []

    @property
    def is_wrong(self):
        return bool(self.problems) or any(cell.problems for cell in self.cells.values())

    def sentences(self):
        """Return (label of the column or "", sentence) for everything wrong with the row."""
        found = [("", problem) for problem in self.problems]
        for cell in self.cells.values():
            found += [(cell.label, problem) for problem in cell.problems]
        return found

    def complain(self, name, message):
        """Add a sentence at the column `name`, or to the whole row when the file has no such."""
        target = self.cells[name].problems if name in self.cells else self.problems
        if str(message) not in target:
            target.append(str(message))
        self.import_type = RowResult.IMPORT_TYPE_INVALID


@dataclass
class Pending:
    """A row that passed its own tests and waits to be written."""

    result: ImportedRow
    instance: object
    is_new: bool
    fields: list[str]


class RowVanished(DatabaseError):
    """An update met fewer rows than it was made for."""


class ImportResource(SchoolResource):
    """A resource whose files can be read back.

    A subclass declares `Column`s and writes `prepare`, `find` and, where a row needs more than its
    columns say, `complete`.
    """

    class Meta:
        use_bulk = True  # we write in batches ourselves, and need no savepoint a row
        skip_diff = True
        report_skipped = True

    def __init__(self, by=None, **kwargs):
        """`by` is the person who imports."""
        super().__init__(**kwargs)
        self.by = by
        self.present = []
        self.numbers = []
        self.unused = []
        self.pending = []
        self.seen = {}

    # --- the file ------------------------------------------------------------------------------

    def dataset(self, sheet):
        """Return the tablib Dataset of a `Sheet`, with our column names as headers.

        Raises `UploadRefused` for headers that are missing, double, or unknown where they matter.
        """
        names = [self._column_of(header) for header in sheet.headers]
        self._check_headers(sheet.headers, names)
        self.present = [column for column in self.columns() if column.attribute in names]
        self.unused = [
            header
            for header, name in zip(sheet.headers, names, strict=True)
            if header and (name is None or self._is_shown_only(self.column(name)))
        ]
        data = Dataset(headers=[name or f"?{i}" for i, name in enumerate(names)])
        for number, cells in sheet.rows:
            if len(cells) > len(names):
                raise UploadRefused(
                    _("Row %(row)d has more cells than there are headers.") % {"row": number}
                )
            data.append(cells + [None] * (len(names) - len(cells)))
            self.numbers.append(number)
        return data

    def _column_of(self, header):
        """Return the attribute that a header means: by its label, else by the column's name."""
        wanted = simplify(header)
        for name in (lambda column: str(column.label), lambda column: column.attribute):
            for column in self.columns():
                if wanted and wanted == simplify(name(column)):
                    return column.attribute
        return None

    def _check_headers(self, headers, names):
        for name in filter(None, names):
            if names.count(name) > 1:
                raise UploadRefused(
                    _("The column “%(label)s” is in the file twice.")
                    % {"label": self.column(name).label}
                )
        missing = [
            str(column.label)
            for column in self.columns()
            if column.required and column.attribute not in names
        ]
        if missing:
            raise UploadRefused(
                _(
                    "The file has no column “%(missing)s”. Its first row must hold the headers;"
                    " these were found: %(found)s."
                )
                % {
                    "missing": "”, “".join(missing),
                    "found": ", ".join(filter(None, headers)) or "–",
                }
            )

    # --- for subclasses ------------------------------------------------------------------------

    def prepare(self, dataset):
        """Load what the rows refer to, once: fill the `known` of Reference columns."""

    def find(self, values):
        """Return the existing instance that cleaned `values` {attribute: value} are about, or None.

        Raises ValidationError ({attribute: sentence}) when that cannot be said.
        """
        raise NotImplementedError

    def key(self, values, instance):
        """Return what two rows of one file must not have in common, or None."""
        return tuple(values.get(column.attribute) for column in self.columns() if column.key)

    def complete(self, instance, values, is_new, changed):
        """Set what follows from the columns, of which `changed` changed something.

        Returns the names of the fields that it may have set.
        """
        return []

    def check(self, instance, values, is_new):
        """Raise ValidationError for what the model's own validation does not know."""

    # --- rows ----------------------------------------------------------------------------------

    def import_data(self, dataset, **kwargs):
        self.prepare(dataset)
        return super().import_data(dataset, rollback_on_validation_errors=True, **kwargs)

    def import_data_inner(self, *args, **kwargs):
        result = super().import_data_inner(*args, **kwargs)
        # A file that is wrong already is not written, but its other rows are tried, so that the
        # preview shows everything that has to be mended at once.
        for start in range(0, len(self.pending), BATCH):
            self._write(self.pending[start : start + BATCH], result)
        return result

    def import_row(self, row, instance_loader, row_number, **kwargs):
        result = ImportedRow()
        result.number = self.numbers[row_number - 1]
        try:
            values = self._clean(row, result)
            instance = self.find(values)
            self._refuse_double(values, instance, result)
            self._take_over(values, instance, result)
        except ValidationError as error:
            self._complain(result, error)
        if result.is_wrong:
            result.validation_error = ValidationError("invalid")
            result.import_type = RowResult.IMPORT_TYPE_INVALID
        return result

    def _clean(self, row, result):
        """Return {attribute: Python value}; raises ValidationError with every bad cell."""
        values, errors = {}, {}
        for column in self.present:
            name, raw = column.attribute, row[column.attribute]
            result.cells[name] = Cell(str(column.label), show(raw))
            if self._is_shown_only(column):
                continue
            try:
                values[name] = column.widget.clean(raw, row=row)
            except ValueError as error:
                errors[name] = str(error)
                continue
            if values[name] is None and column.required:
                errors[name] = _("This is required.")
        if errors:
            raise ValidationError(errors)
        return values

    def _refuse_double(self, values, instance, result):
        key = self.key(values, instance)
        if key is None:
            return
        if key in self.seen:
            raise ValidationError(
                _("This is about the same as row %(row)d of the file.") % {"row": self.seen[key]}
            )
        self.seen[key] = result.number

    def _take_over(self, values, instance, result):
        """Put the values into the instance and note it for writing, if anything changes."""
        is_new = instance is None
        instance = self.init_instance() if is_new else instance
        before = dict(instance.__dict__)
        shown = {c.attribute: self.export_field(c, instance) for c in self.present if not is_new}
        for column in self.present:
            if not column.readonly:
                self._set(column, instance, values[column.attribute])
        changed = self._changed(before, instance, [])
        touched = self.complete(instance, values, is_new, changed)
        changed = self._changed(before, instance, touched)
        self._validate(instance, values, is_new)
        result.add_instance_info(instance)
        self._show(result, instance, shown)
        if is_new:
            result.import_type = RowResult.IMPORT_TYPE_NEW
        else:
            result.import_type = (
                RowResult.IMPORT_TYPE_UPDATE if changed else RowResult.IMPORT_TYPE_SKIP
            )
        if is_new or changed:
            self.pending.append(Pending(result, instance, is_new, changed))

    def _show(self, result, instance, before):
        """Fill the cells of the preview; `before` is {attribute: value} of an existing row."""
        for column in self.present:
            cell = result.cells[column.attribute]
            if self._is_shown_only(column):
                cell.value = show(before.get(column.attribute))
                continue
            cell.value = show(self.export_field(column, instance))
            old = show(before.get(column.attribute))
            if before and old != cell.value and not column.readonly:
                cell.before, cell.changed = old, True

    def _set(self, column, instance, value):
        """A blank cell empties a column that may be empty, and leaves one with a default alone."""
        model_field = instance._meta.get_field(column.attribute)
        if value is None and (model_field.has_default() or not model_field.null):
            return
        setattr(instance, column.attribute, value)

    def _changed(self, before, instance, touched):
        """Return the names of the fields whose values differ from `before` (instance.__dict__)."""
        names = [column.attribute for column in self.present if not column.readonly] + touched
        return [
            name
            for name in dict.fromkeys(names)
            if before.get(instance._meta.get_field(name).attname)
            != instance.__dict__.get(instance._meta.get_field(name).attname)
        ]

    def _validate(self, instance, values, is_new):
        """Test the model's fields that came from the file; references were looked up already."""
        mine = {column.attribute for column in self.present if not column.readonly}
        exclude = {
            f.name for f in instance._meta.fields if f.name not in mine or isinstance(f, ForeignKey)
        }
        if is_new:
            self._require_needed(instance)
        instance.clean_fields(exclude=exclude)
        instance.clean()
        self.check(instance, values, is_new)

    def _require_needed(self, instance):
        errors = {}
        for column in self.columns():
            if column.needed:
                field = instance._meta.get_field(column.attribute)
                if instance.__dict__.get(field.attname) in (None, ""):
                    errors[column.attribute] = _("A new row needs “%(label)s”.") % {
                        "label": column.label
                    }
        if errors:
            raise ValidationError(errors)

    @staticmethod
    def _is_shown_only(column):
        """Return whether a column is there for the reader and not taken from the file."""
        return column.readonly and not column.key

    # --- writing -------------------------------------------------------------------------------

    def _write(self, batch, result):
        """Write a batch together; when it is refused, each row alone, to know which and why."""
        try:
            with transaction.atomic():
                self._write_together(batch)
        except DatabaseError:
            for pending in batch:
                self._write_alone(pending, result)

    def _write_together(self, batch):
        updates = defaultdict(list)
        for pending in batch:
            if not pending.is_new:
                updates[tuple(sorted(pending.fields))].append(pending.instance)
        for fields, instances in updates.items():
            if self._rows().bulk_update(instances, fields) != len(instances):
                raise RowVanished
        self._rows().bulk_create([pending.instance for pending in batch if pending.is_new])

    def _write_alone(self, pending, result):
        try:
            with transaction.atomic():
                self._write_together([pending])
        except RowVanished:
            self._refuse(pending, result, None, _("This row was changed by someone meanwhile."))
        except DatabaseError as error:
            refusal = constraints.explain(error)
            if refusal is None:
                raise
            self._refuse(pending, result, refusal.field, refusal.message)

    def _refuse(self, pending, result, name, message):
        row = pending.result
        result.totals[row.import_type] -= 1
        row.complain(self._present_name(name), message)
        result.totals[row.import_type] += 1
        row.validation_error = ValidationError(message)
        result.append_invalid_row(row.number, {}, row.validation_error)

    def _complain(self, result, error):
        found = error.message_dict if hasattr(error, "error_dict") else {ROW: error.messages}
        for name, messages in found.items():
            for message in messages:
                result.complain(self._present_name(name), message)

    def _present_name(self, name):
        """Return the column that a field of the model, the form or the database stands in."""
        if name in (None, ROW, NON_FIELD_ERRORS):
            return ROW
        present = [column.attribute for column in self.present]
        for candidate in (name, *self.stands_in.get(name, ())):
            if candidate in present:
                return candidate
        return ROW

    # field of the model -> columns of the file that say it
    stands_in = {}

    def _rows(self):
        return self._meta.model.objects.all()

    # --- maps ----------------------------------------------------------------------------------

    def texts(self, dataset, name):
        """Return the distinct texts of a column, in lower case; unreadable cells are left out."""
        if name not in dataset.headers:
            return set()
        found = set()
        for raw in dataset[name]:
            if not columns.is_blank(raw):
                found.add(columns.restore(columns.as_text(raw).strip()).casefold())
        return {text for text in found if "\x00" not in text}

    def known(self, name, rows):
        """Tell a Reference column what rows there are: an iterable of instances."""
        widget = self.column(name).widget
        widget.known = defaultdict(list)
        for row in rows:
            widget.known[str(getattr(row, widget.attribute)).casefold()].append(row)


def simplify(header):
    """Return a header without case, spaces and marks: "E-mail" and "e_mail" are the same."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def show(value):
    """Return a typed value as the preview shows it."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return text[:5] if len(text) == 8 and text[2] == ":" else text
    return str(value)
