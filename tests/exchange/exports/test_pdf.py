"""PDF files: what is on the page, with fonts of our own, and refused where it would be too long."""

import io
import re
import zlib
from datetime import date
from decimal import Decimal

import pytest
import typst
from django.utils import timezone
from pypdf import PdfReader

from core.models import User
from core.rls import tenant_context
from exchange.columns import Date, Integer, Number, Text
from exchange.exports import engine, pdf_file, source, typeset
from tests.factories.sources import source_of, texts

SCRIPTS = {
    # a name -> the font that has its letters
    "Žofia Łęcka": "NotoSans-Regular",
    "Ελένη": "NotoSans-Regular",
    "Владимир": "NotoSans-Regular",
    "محمد": "NotoSansArabic",
    "יצחק": "NotoSansHebrew",
    "王小明": "DroidSansFallback",
    "さくら": "DroidSansFallback",
    "김민수": "NanumSquare",
    "สมชาย": "NotoSansThai",
    "अनुष्का": "NotoSansDevanagari",
    "রহিম": "NotoSansBengali",
    "தமிழ்": "NotoSansTamil",
    "Նարեկ": "NotoSansArmenian",
    "გიორგი": "NotoSansGeorgian",
    "አማርኛ": "NotoSansEthiopic",
}


@pytest.fixture
def printed(cast):
    """Return a function that writes a source and returns the file's bytes."""

    def write(rows, on_progress=None):
        file = io.BytesIO()
        with tenant_context(cast.a.tenant, cast.a.admin):
            engine.write(file, rows, "pdf", on_progress)
        return file.getvalue()

    return write


@pytest.fixture
def reports(monkeypatch):
    """Return the reports (dicts) that are typeset in the test."""
    kept, typeset_it = [], pdf_file._typeset

    def typeset_and_keep(report):
        kept.append(report)
        return typeset_it(report)

    monkeypatch.setattr(pdf_file, "_typeset", typeset_and_keep)
    return kept


def fonts_of(data):
    """Return the names of the fonts in a PDF; its objects are packed in deflated streams."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    unpacked = [data]
    for stream in streams:
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return {
        name.decode() for name in re.findall(rb"/BaseFont ?/[A-Z]+\+([\w-]+)", b"".join(unpacked))
    }


def pages_of(data):
    return len(re.findall(rb"/Type ?/Page\b", data))


def test_page_has_the_school_the_filters_and_the_rows(cast, printed, reports):
    rows = source_of(
        {"Name": ("text", Text()), "Day": ("date", Date()), "Amount": ("numeric", Number())},
        [("Ann", date(2026, 3, 1), Decimal("12.50")), (None, None, None)],
        title="People",
        filters=(("Status", "active"),),
    )
    with timezone.override("Europe/Berlin"):
        data = printed(rows)
    assert data.startswith(b"%PDF-")
    assert pages_of(data) == 1
    (report,) = reports
    assert report["school"] == "School A"
    assert report["title"] == "People"
    assert report["filters"] == [["Status", "active"]]
    assert report["counted"] == "2 rows"
    assert report["labels"] == ["Name", "Day", "Amount"]
    assert report["rows"] == [["Ann", "2026-03-01", "12.50"], ["", "", ""]]
    assert report["numbers"] == [False, False, True]


def test_names_of_any_script_find_their_letters(printed):
    """In the fonts that come along: the system's are not looked at."""
    assert set(SCRIPTS.values()) <= {
        name.removesuffix("-Regular") if name != "NotoSans-Regular" else name
        for name in map(_family, fonts_of(printed(texts(SCRIPTS))))
    }


def _family(name):
    return "NanumSquare" if name.startswith("NanumSquare") else name


def test_text_is_no_markup(printed, reports):
    """Each of these would fail, or say something else, if typst read it."""
    values = ["#panic()", "*bold*", "$x$", "@nobody", "```", "//", "\\", "#{", '"', "=1+1", "\x01b"]
    assert printed(texts(values)).startswith(b"%PDF-")
    assert [row[1] for row in reports[0]["rows"]] == [*values[:-1], "b"]


def test_long_words_break(printed, reports):
    printed(texts(["x" * 40]))
    (row,) = reports[0]["rows"]
    assert row[1] == "\u200b".join(["x" * 18, "x" * 18, "x" * 4])


def test_ids_are_not_on_paper(cast, printed, reports):
    rows = source.Source(
        title="People",
        columns=(
            source.SourceColumn("Id", Text(), on_paper=False),
            source.SourceColumn("Name", Text()),
        ),
        sql="SELECT id, name FROM users WHERE role = 'student' ORDER BY name",
    )
    printed(rows)
    assert reports[0]["labels"] == ["Name"]
    assert reports[0]["rows"] == [["Other_Student"], ["Student"]]


def test_header_stands_on_every_page(printed):
    rows = source_of({"Number": ("int", Integer())}, [(n,) for n in range(200)])
    assert pages_of(printed(rows)) > 3
    assert "table.header(" in (typeset.HERE / "report.typ").read_text()


def test_more_rows_than_people_print_are_refused(cast, printed, monkeypatch):
    monkeypatch.setattr(pdf_file, "MAX_ROWS", 3)
    rows = [
        source_of({"Number": ("int", Integer())}, [(n,) for n in range(count)]) for count in (3, 4)
    ]
    assert pages_of(printed(rows[0])) == 1
    with pytest.raises(
        engine.ExportRefused, match="A PDF holds at most 3 rows; narrow the filters"
    ):
        printed(rows[1])
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.filter(role="admin").count() == 1


def test_empty_report_says_so(printed, reports):
    assert pages_of(printed(texts([]))) == 1
    assert reports[0]["counted"] == "0 rows"


def test_every_font_has_its_licence_beside_it():
    fonts = {path.stem.partition("Sans")[0] for path in typeset.HERE.glob("fonts/*.ttf")}
    assert fonts == {"Noto", "Droid", "NanumSquareR"}
    licences = sorted(path.name for path in typeset.HERE.glob("fonts/LICENSE-*"))
    assert licences == ["LICENSE-DroidSansFallback.txt", "LICENSE-Nanum.txt", "LICENSE-Noto.txt"]
    known = typst.Fonts(include_system_fonts=False, font_paths=[str(typeset.HERE / "fonts")])
    assert set(pdf_file.FAMILIES) <= set(known.families())


def test_every_page_has_the_headings_the_report_and_its_number(cast, printed):
    data = printed(texts([f"row {n}" for n in range(100)], label="What was said"))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    assert len(pages) == pages_of(data) > 1
    for number, text in enumerate(pages, start=1):
        assert text.count("What was said") == 1
        assert text.count("School A · Odd texts · ") == 1
        assert f"Page {number} of {len(pages)}" in text
    rows = [int(n) for text in pages for n in re.findall(r"\brow (\d+)\b", text)]
    assert rows == list(range(100))


def numbers(count):
    return source_of({"Number": ("int", Integer())}, [(n,) for n in range(count)])


def test_a_report_is_tagged_for_screen_readers_up_to_many_rows(printed, monkeypatch):
    assert pdf_file.MAX_TAGGED_ROWS == 2_000
    monkeypatch.setattr(pdf_file, "MAX_TAGGED_ROWS", 3)
    tagged = [
        "/StructTreeRoot" in PdfReader(io.BytesIO(printed(numbers(count)))).trailer["/Root"]
        for count in (3, 4)
    ]
    assert tagged == [True, False]


@pytest.mark.parametrize(
    ("chosen", "width", "height"),
    [
        ({}, 842, 595),
        ({"paper": "a4"}, 842, 595),
        ({"paper": "letter"}, 792, 612),
        ({"paper": ["odd"]}, 842, 595),
    ],
)
def test_the_paper_is_the_schools(cast, printed, chosen, width, height):
    cast.a.tenant.settings = chosen
    page = PdfReader(io.BytesIO(printed(numbers(1)))).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (width, height)
