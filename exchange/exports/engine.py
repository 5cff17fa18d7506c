"""Any source as a file: CSV, XLSX or PDF, with the rows that the current context may see."""

from collections.abc import Callable
from typing import IO

from django.db import connection, transaction

from exchange.exports import csv_file, pdf_file, xlsx_file
from exchange.exports.errors import ExportRefused
from exchange.exports.source import Source

__all__ = ["FORMATS", "ExportRefused", "write"]

WRITERS = {"csv": csv_file.write, "xlsx": xlsx_file.write, "pdf": pdf_file.write}
# format -> content type
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def write(
    file: IO[bytes],
    source: Source,
    file_format: str,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write the rows of `source` into `file` (binary, writable); return their number.

    `on_progress(rows_done)` is called every thousand rows or sooner and may raise, which stops the
    query. It must not use the connection of the context, which is busy with that query. After an
    exception the file is incomplete, and the transaction can go on. Raises `ExportRefused`.
    """
    with transaction.atomic(), source.applied():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL datestyle = 'ISO, YMD'")
        return WRITERS[file_format](file, source, on_progress or (lambda rows_done: None))
