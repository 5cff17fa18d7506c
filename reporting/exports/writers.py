"""Rows into files: CSV as spreadsheet programs like it, and XLSX with typed cells.

A writer takes a binary file that is open for writing, the headers and an iterable of rows of typed
values, and returns the number of rows. Text that would be a formula is neutralised in both.
"""

import csv
import io
from datetime import date, datetime, time
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.exchange.cells import neutralise

# Limits of the XLSX format.
XLSX_MAX_ROWS = 1_048_575  # and a header
XLSX_MAX_TEXT = 32_767
XLSX_WIDTHS = (10, 50)


class TooManyRows(Exception):
    """More rows than the format holds."""


def write_csv(file, headers, rows):
    """Write RFC 4180 in UTF-8, with the byte order mark by which spreadsheets know it."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([neutralise(header) for header in headers])
    count = 0
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
        count += 1
    text.detach()
    return count


def _csv_value(value):
    if isinstance(value, str):
        return neutralise(value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def write_xlsx(file, headers, rows):
    """Write one sheet, row by row; raises `TooManyRows` beyond what a sheet holds."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for index, header in enumerate(headers, 1):
        narrow, wide = XLSX_WIDTHS
        width = min(max(len(str(header)) + 4, narrow + 4), wide)
        sheet.column_dimensions[get_column_letter(index)].width = width
    try:
        count = _append(sheet, headers, rows)
    except BaseException:
        # openpyxl keeps the rows in a file of its own until the book is saved.
        sheet.close()
        sheet._writer.cleanup()
        raise
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(len(headers), 1))}{count + 1}"
    book.save(file)
    return count


def _append(sheet, headers, rows):
    bold = Font(bold=True)
    sheet.append([_header(sheet, header, bold) for header in headers])
    count = 0
    for row in rows:
        if count == XLSX_MAX_ROWS:
            raise TooManyRows
        sheet.append([_xlsx_cell(sheet, value) for value in row])
        count += 1
    return count


def _header(sheet, header, font):
    cell = _xlsx_cell(sheet, str(header))
    cell.font = font
    return cell


def _xlsx_cell(sheet, value):
    if value is None or value == "":
        return None
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, neutralise(value)[:XLSX_MAX_TEXT])
        cell.data_type = "s"  # openpyxl would make formulas and errors of some texts
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, time):
        cell.number_format = "hh:mm"
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    return cell


FORMATS = {
    # name -> (writer, content type)
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
