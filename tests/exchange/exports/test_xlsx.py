"""XLSX files: typed cells, several sheets, and readable by openpyxl and LibreOffice."""

import csv
import io
import os
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from core.rls import tenant_context
from exchange.cells import neutralise
from exchange.columns import Date, Integer, Moment, Number, Text, Time, YesNo
from exchange.exports import engine, xlsx_file
from tests.exchange.exports.test_csv import odd_texts
from tests.factories.sources import source_of, texts

SCRIPTS = [
    "Žofia Çelik",
    "Ελένη",
    "Владимир",
    "محمد",
    "יצחק",
    "王小明",
    "김민수",
    "สมชาย",
    "अनुष्का",
    "🙂",
]
COLUMNS = {
    "Name": ("text", Text()),
    "Day": ("date", Date()),
    "At": ("timestamptz", Moment()),
    "From": ("time", Time()),
    "Amount": ("numeric(10,2)", Number()),
    "Rate": ("numeric", Number(places=1)),
    "Count": ("int", Integer()),
    "Paid": ("bool", YesNo()),
}
VALUES = (
    "A & <b>B</b>",
    date(2026, 3, 1),
    datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
    time(9, 5),
    Decimal("-1234.50"),
    Decimal("97.5"),
    12,
    True,
)


@pytest.fixture
def book(cast):
    """Return a function that writes a source and returns the file's bytes."""

    def write(source):
        file = io.BytesIO()
        with tenant_context(cast.a.tenant, cast.a.admin), timezone.override("Europe/Berlin"):
            engine.write(file, source, "xlsx")
        return file.getvalue()

    return write


def naive(*parts):
    """Return a day or moment as a spreadsheet has it: it knows no time zones."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def rows_of(data):
    (sheet,) = load_workbook(io.BytesIO(data)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_cells_are_typed(book):
    data = book(source_of(COLUMNS, [VALUES, (None,) * len(VALUES)]))
    header, row, nothing = rows_of(data)
    assert header == list(COLUMNS)
    assert row == [
        "A & <b>B</b>",
        naive(2026, 3, 1),
        naive(2026, 7, 2, 0, 30),
        time(9, 5),
        -1234.5,
        97.5,
        12,
        "yes",
    ]
    assert nothing == [None] * len(VALUES)
    (sheet,) = load_workbook(io.BytesIO(data)).worksheets
    assert [cell.number_format for cell in sheet[2]] == [
        "General",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
        "hh:mm",
        "#,##0.00",
        "#,##0.0",
        "0",
        "General",
    ]


def test_sheet_has_a_bold_frozen_header_a_filter_and_widths(book):
    source = source_of(
        {"Name": ("text", Text()), "Notes": ("text", Text()), "Day": ("date", Date())},
        [("Ann", "x" * 300, date(2026, 3, 1))] * 3,
        title="What: a/long [title] of more than thirty-one",
    )
    workbook = load_workbook(io.BytesIO(book(source)))
    (sheet,) = workbook.worksheets
    assert sheet.title == "What a long title of more than "
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C4"
    assert all(cell.font.bold for cell in sheet[1])
    assert not sheet["A2"].font.bold
    assert [sheet.column_dimensions[letter].width for letter in "ABC"] == [10, 50, 20]


def test_texts_are_made_harmless_as_everywhere(book):
    values = odd_texts()
    _header, *rows = rows_of(book(texts(values)))
    assert [row[1] or "" for row in rows] == [neutralise(value) for value in values]


def test_texts_of_any_script_and_with_spaces_stay(book):
    values = [*SCRIPTS, "  two  spaces  ", " ", "C:\\new\\table", "\\N", "&amp;", "]]>", "_x0041_"]
    _header, *rows = rows_of(book(texts(values)))
    assert [row[1] for row in rows] == values


@pytest.mark.parametrize("long", ["x" * 40_000, "\\" * 40_000, "&" * 40_000, "é\n" * 20_000])
def test_long_texts_are_cut(book, long):
    _header, *rows = rows_of(book(texts(["before", long, "after"])))
    assert [row[1] for row in rows] == ["before", long[:32_767], "after"]


def test_long_texts_are_cut_between_characters(book):
    """Excel counts in UTF-16, where these take two units each."""
    _header, row = rows_of(book(texts(["🙂" * 20_000])))
    assert row[1] == "🙂" * 16_383


def test_what_a_spreadsheet_cannot_reckon_with_is_text(book):
    columns = {"Day": ("date", Date()), "At": ("timestamp", Moment()), "N": ("numeric", Number())}
    rows = [
        ("1850-05-01", "1850-05-01 10:00", "NaN"),
        ("1900-03-01", "1900-03-01 00:00", "0"),
        ("1900-02-28", "1900-02-28 10:00", "-Infinity"),
        ("infinity", None, "-1.5"),
    ]
    _header, *cells = rows_of(book(source_of(columns, rows)))
    assert cells == [
        ["1850-05-01", "1850-05-01 10:00", "NaN"],
        [naive(1900, 3, 1), naive(1900, 3, 1), 0],
        ["1900-02-28", "1900-02-28 10:00", "-Infinity"],
        ["infinity", None, -1.5],
    ]


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (4, [4]), (5, [4, 1]), (13, [4, 4, 4, 1])])
def test_rows_beyond_a_sheet_go_on_the_next(book, monkeypatch, count, sizes):
    monkeypatch.setattr(xlsx_file, "SHEET_ROWS", 5)
    source = source_of({"Number": ("int", Integer())}, [(n,) for n in range(count)], title="Many")
    sheets = load_workbook(io.BytesIO(book(source))).worksheets
    names = ["Many", "Many (2)", "Many (3)", "Many (4)"]
    assert [sheet.title for sheet in sheets] == names[: len(sizes)]
    columns_of_sheets = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in sheets]
    assert [rows[0] for rows in columns_of_sheets] == ["Number"] * len(sizes)
    assert [len(rows) - 1 for rows in columns_of_sheets] == sizes
    assert [n for rows in columns_of_sheets for n in rows[1:]] == list(range(count))
    assert [sheet.auto_filter.ref for sheet in sheets] == [f"A1:A{n + 1}" for n in sizes]


def test_sheet_ends_before_zip_needs_its_64_bit_form(book, monkeypatch):
    monkeypatch.setattr(xlsx_file, "SHEET_BYTES", 0)
    monkeypatch.setattr("exchange.exports.copying.BLOCK_ROWS", 2)
    source = source_of({"Number": ("int", Integer())}, [(n,) for n in range(5)])
    sheets = load_workbook(io.BytesIO(book(source))).worksheets
    assert [sheet.max_row - 1 for sheet in sheets] == [2, 2, 1]


def test_file_can_be_written_where_nothing_can_be_looked_up_again(cast):
    """Standard output is often a pipe."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with tenant_context(cast.a.tenant, cast.a.admin):
        engine.write(pipe, texts(["a", "b"]), "xlsx")
    assert zipfile.ZipFile(io.BytesIO(pipe.data)).testzip() is None
    assert [row[1] for row in rows_of(pipe.data)] == ["Text", "a", "b"]


@pytest.fixture(scope="session")
def soffice():
    """Return LibreOffice's program; without it the tests are skipped, or fail where required."""
    program = shutil.which("soffice")
    if program is None:
        reason = "LIBREOFFICE TESTS NOT RUN: soffice is not installed."
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


def in_libreoffice(program, data, directory):
    """Return {sheet: rows} as LibreOffice shows the cells of a workbook."""
    path = directory / "book.xlsx"
    path.write_bytes(data)
    # Comma, double quote, UTF-8, as shown, every sheet in a file of its own.
    options = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{directory}/profile", "--headless"]
        + ["--convert-to", options, "--outdir", str(directory), str(path)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {
        file.stem.removeprefix("book-"): list(
            csv.reader(io.StringIO(file.read_text("utf-8"), newline=""))
        )
        for file in directory.glob("book-*.csv")
    }


@pytest.mark.process
def test_libreoffice_reads_the_same(book, soffice, tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_file, "SHEET_ROWS", 3)
    source = source_of(
        COLUMNS,
        [VALUES, ("=1+1", *VALUES[1:]), ("a\tb\nc", *[None] * 7), (" x ", *[None] * 7)],
        title="Any thing",
    )
    shown = ["2026-03-01", "2026-07-02 00:30", "09:05", "-1,234.50", "97.5", "12", "yes"]
    assert in_libreoffice(soffice, book(source), tmp_path) == {
        "Any thing": [list(COLUMNS), ["A & <b>B</b>", *shown], ["'=1+1", *shown]],
        "Any thing (2)": [list(COLUMNS), ["a\tb\nc", *[""] * 7], [" x ", *[""] * 7]],
    }


@pytest.mark.process
def test_libreoffice_reads_any_script(book, soffice, tmp_path):
    rows = in_libreoffice(soffice, book(texts(SCRIPTS)), tmp_path)["Odd texts"]
    assert [row[1] for row in rows[1:]] == SCRIPTS
