"""The files that people fetch around an import: a template to fill in, and what was rejected."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.files import File
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from exchange.cells import neutralise
from exchange.columns import Column
from exchange.imports.mapping import columns_of
from exchange.imports.resource import show
from exchange.imports.service import open_sheet
from exchange.imports.targets import resource_of
from exchange.imports.uploads import Sheet
from exchange.models import ImportBatch, ImportRow

# Title, headers, rows.
Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]

WIDTH = 24


def template_file(target: str, file_format: str) -> File:
    """Return an open `File` ("csv" or "xlsx") with the headers and one example row.

    The XLSX explains each column on a second sheet.
    """
    columns = columns_of(target)
    labels = [str(column.label) for column in columns]
    rows = [[column.shown_example for column in columns]]
    model = resource_of(target)._meta.model
    name = slugify(str(model._meta.verbose_name_plural)) or model._meta.model_name
    sheets: list[Table] = [(_("Rows"), labels, rows), (_("Columns"), *_explained(columns))]
    return _file(f"{name}-{_('template')}.{file_format}", file_format, sheets)


def _explained(columns: Iterable[Column]) -> tuple[list[str], list[list[str]]]:
    """Return (headers, rows) of the sheet that explains the columns."""
    rows = [
        [
            str(column.label),
            str(getattr(column.widget, "hint", "")),
            _("in every row") if column.required else _("for new rows") if column.needed else "",
            _("yes") if column.key else "",
            ", ".join(column.synonyms),
        ]
        for column in columns
    ]
    headers = [_("Column"), _("Write"), _("Required"), _("Tells rows apart"), _("Also known as")]
    return headers, rows


def rejected_file(batch: ImportBatch, file_format: str | None = None) -> File:
    """Return an open `File` of the rejected rows: their cells as they were, and why.

    In the format of the upload unless another is asked for. Raises `UploadRefused` when the upload
    is no longer kept.
    """
    sheet = open_sheet(batch)
    file_format = file_format or ("xlsx" if sheet.is_xlsx else "csv")
    name = f"{batch.filename.rpartition('.')[0] or batch.filename}-{_('rejected')}.{file_format}"
    headers = [_("Row"), *sheet.headers, _("Reason")]
    return _file(name, file_format, [(_("Rejected"), headers, _rejected(batch, sheet))])


def _rejected(batch: ImportBatch, sheet: Sheet) -> Iterator[list[Any]]:
    """Yield the rejected rows in the order of the file: number, cells, reasons."""
    rows = batch.rows.filter(outcome=ImportRow.Outcome.REJECTED).order_by("row_number")
    reasons = iter(rows.values_list("row_number", "problems").iterator())
    wanted, problems = next(reasons, (None, None))
    for number, cells in sheet:
        if number == wanted:
            padded = cells + [None] * (len(sheet.headers) - len(cells))
            yield [number, *padded, " ".join(_reason(*problem) for problem in problems or ())]
            wanted, problems = next(reasons, (None, None))


def _reason(label: str, sentence: str) -> str:
    return f"{label}: {sentence}" if label else sentence


def _file(name: str, file_format: str, sheets: Sequence[Table]) -> File:
    """Return the `File` of [(title, headers, rows)]; a CSV has the first sheet only."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever asked closes it)
    if file_format == "csv":
        _title, headers, rows = sheets[0]
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([neutralise(header) for header in headers])
        writer.writerows([neutralise(show(cell)) for cell in row] for row in rows)
        text.detach()
    else:
        _workbook(sheets).save(file)
    file.seek(0)
    return File(file, name=name)


def _workbook(sheets: Sequence[Table]) -> Workbook:
    book = Workbook(write_only=True)
    for title, headers, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number in range(1, len(headers) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = WIDTH
        sheet.append([_bold(sheet, neutralise(header)) for header in headers])
        for row in rows:
            sheet.append([neutralise(cell) for cell in row])
    return book


def _bold(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell
