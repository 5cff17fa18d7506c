"""XLSX with typed cells, streamed: the XML of the sheets is made from blocks of COPY's text format.

In that format a raw tab always ends a cell and a raw line end a row; in a value they are escaped.
So a block of rows becomes XML by a few passes of bytes.replace, split and join over all of it,
without a step in Python for each cell.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import IO

from exchange.cells import neutralise
from exchange.exports import xlsx_parts
from exchange.exports.copying import Block, blocks, without_controls
from exchange.exports.expressions import (
    AS_SERIAL,
    DATE,
    MOMENT,
    NOT_A_NUMBER,
    NUMBER,
    TIME,
    Layout,
)
from exchange.exports.source import Source

# Limits of the format. A sheet also ends before its XML needs the 64-bit form of zip, which not
# every program reads.
SHEET_ROWS = 1_048_576
SHEET_BYTES = 2**31 - 2**25
MAX_TEXT = 32_767  # UTF-16 units
DEFLATE_LEVEL = 1  # tags pack well at any level; more would cost as much as the query
TYPED = (DATE, MOMENT, TIME, NUMBER)
TEXT_CELL = b'<c t="inlineStr"><is><t xml:space="preserve">', b"</t></is></c>"
EMPTY_CELL = b"<c/>"
NUMBER_CELL = b'<c s="%d"><v>', b"</v></c>"
NUMERALS = b"0123456789+-.e"
ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
# What COPY writes after a backslash. The others are control characters that XML cannot hold.
ESCAPED = {b"\\": b"\\", b"t": b"&#9;", b"n": b"&#10;", b"r": b"&#13;"}
WORD_CELL = re.compile(rb'<c s="\d+"><v>' + NOT_A_NUMBER + rb"([^<]*)</v></c>")


def write(file: IO[bytes], source: Source, on_progress: Callable[[int], None]) -> int:
    """Write the rows of `source`, in as many sheets as they need; return their number."""
    book = Workbook(file, Layout.of(source))
    with book, closing(blocks(book.query(), "FORMAT text, NULL ''")) as parts:
        for block in parts:
            book.add(block)
            on_progress(book.count)
    return book.count


class Workbook:
    """A workbook on its way into a zip file; complete when its block ends without exception."""

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self.layout = layout
        self.labels = [neutralise(column.label) for column in layout.source.columns]
        self.formats = _formats(layout)
        self.table = TableXml(layout.shapes, self.formats)
        self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=DEFLATE_LEVEL)
        self.count = 0
        self.sheet: IO[bytes] | None = None  # the open part of the zip
        self.sheet_rows: list[int] = []  # of each sheet, with its header
        self.sheet_bytes = 0

    def query(self) -> str:
        return self.layout.query(AS_SERIAL)

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is None:
            self._finish()
        else:
            self._abandon()

    def add(self, block: Block) -> None:
        """Add a `copying.Block` of COPY's text format."""
        cells = self.table.cells_of(block)
        while cells:
            sheet = self.sheet or self._open_sheet(cells)
            room = (SHEET_ROWS - self.sheet_rows[-1]) * len(self.labels)
            some, cells = cells[:room], cells[room:]
            xml = self.table.rows(some)
            sheet.write(xml)
            rows = len(some) // len(self.labels)
            self.count += rows
            self.sheet_rows[-1] += rows
            self.sheet_bytes += len(xml)
            if self.sheet_rows[-1] == SHEET_ROWS or self.sheet_bytes > SHEET_BYTES:
                self._close_sheet(sheet)

    def _open_sheet(self, cells: list[bytes]) -> IO[bytes]:
        number = len(self.sheet_rows) + 1
        sheet = self.sheet = self.archive.open(f"xl/worksheets/sheet{number}.xml", "w")
        widths = self.table.widths(self.labels, cells)
        sheet.write(xlsx_parts.sheet_head(self.labels, widths, number == 1))
        self.sheet_rows.append(1)
        self.sheet_bytes = 0
        return sheet

    def _close_sheet(self, sheet: IO[bytes]) -> None:
        sheet.write(xlsx_parts.sheet_tail(len(self.labels), self.sheet_rows[-1]))
        sheet.close()
        self.sheet = None

    def _finish(self) -> None:
        if not self.sheet_rows:
            self._open_sheet([])
        if self.sheet is not None:
            self._close_sheet(self.sheet)
        title = self.layout.source.title
        parts = xlsx_parts.book_parts(title, len(self.labels), self.sheet_rows, self.formats)
        for name, xml in parts.items():
            self.archive.writestr(name, xml)
        self.archive.close()

    def _abandon(self) -> None:
        """Close the files without an error of their own; what they hold is of no use."""
        if self.sheet is not None:
            self.sheet.close()
        self.archive.close()


def _formats(layout: Layout) -> list[str | None]:
    """Return the number format of each column, None for text."""
    formats = {DATE: "yyyy-mm-dd", MOMENT: "yyyy-mm-dd hh:mm", TIME: "hh:mm"}
    columns = zip(layout.shapes, layout.source.columns, strict=True)
    return [
        xlsx_parts.decimal_format(column.kind.places) if shape == NUMBER else formats.get(shape)
        for shape, column in columns
    ]


class TableXml:
    """Rows of COPY's text format as rows of a sheet's XML."""

    def __init__(self, shapes: Sequence[str], formats: Sequence[str | None]) -> None:
        self.shapes = shapes
        styles = xlsx_parts.style_indexes(formats)
        self.cells = [
            TEXT_CELL if style is None else (NUMBER_CELL[0] % style, NUMBER_CELL[1])
            for style in styles
        ]
        # What stands before each cell of a row: the end of the cell before it, and its beginning.
        ends = [b"</row><row>", *(end for _begin, end in self.cells)]
        self.between = [end + cell[0] for end, cell in zip(ends, self.cells, strict=False)]
        self.between[0] = self.cells[-1][1] + self.between[0]

    def rows(self, cells: list[bytes]) -> bytes:
        """Return the XML of whole rows."""
        with_empties, has_words = self._look_through(cells)
        pieces = [b""] * (2 * len(cells) + 1)
        pieces[:-1:2] = self.between * (len(cells) // len(self.cells))
        pieces[1::2] = cells
        pieces[0] = b"<row>" + self.cells[0][0]
        pieces[-1] = self.cells[-1][1] + b"</row>"
        xml = b"".join(pieces)
        for begin, end in with_empties:
            xml = xml.replace(begin + end, EMPTY_CELL)
        return WORD_CELL.sub(_word_cell, xml) if has_words else xml

    def _look_through(self, cells: list[bytes]) -> tuple[set[tuple[bytes, bytes]], bool]:
        """Return (kinds of cells that some are empty of, whether a number is none).

        Such a number (infinity, a day before the spreadsheets' days) is marked in `cells`.
        """
        with_empties, has_words, width = set(), False, len(self.cells)
        for index, cell in enumerate(self.cells):
            column = cells[index::width]
            if b"" in column:
                with_empties.add(cell)
            if cell is not TEXT_CELL and b"".join(column).translate(None, NUMERALS):
                has_words = True
                cells[index::width] = map(_mark_word, column)
        return with_empties, has_words

    def widths(self, labels: Sequence[str], cells: list[bytes]) -> list[int]:
        """Return the widths of the columns in characters, by the labels and some rows."""
        width = len(self.cells)
        return [
            xlsx_parts.column_width(label, shape in TYPED, cells[index::width])
            for index, (label, shape) in enumerate(zip(labels, self.shapes, strict=True))
        ]

    @staticmethod
    def cells_of(block: Block) -> list[bytes]:
        """Return the cells of all rows in one list, ready for XML."""
        text = without_controls(block.data)
        text = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
        if b"\\" in text:
            text = ESCAPE.sub(lambda match: ESCAPED.get(match[1], b""), text)
        cells = text.replace(b"\n", b"\t").split(b"\t")
        cells.pop()  # after the last line end
        if block.longest > MAX_TEXT:
            cells = [_cut(cell) if len(cell) > MAX_TEXT else cell for cell in cells]
        return cells


def _cut(cell: bytes) -> bytes:
    """Return a text that is not longer than a cell may be."""
    kept = html.unescape(cell.decode()).encode("utf-16-le")[: 2 * MAX_TEXT]
    # Half of a character at the end goes too.
    text = html.escape(kept.decode("utf-16-le", "ignore"), quote=False)
    return text.replace("\r", "&#13;").encode()


def _mark_word(cell: bytes) -> bytes:
    is_word = cell.translate(None, NUMERALS) and not cell.startswith(NOT_A_NUMBER)
    return NOT_A_NUMBER + cell if is_word else cell


def _word_cell(match: re.Match[bytes]) -> bytes:
    return match[1].join(TEXT_CELL)
