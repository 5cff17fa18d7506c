"""What people upload is read as they see it, or refused with a sentence."""

import io
import os
import zipfile

import pytest

from exchange.imports import uploads
from exchange.imports.uploads import Sheet, Upload, UploadRefused
from tests.factories.files import csv_bytes, xlsx_bytes

ROWS = [["E-mail", "Name"], ["a@b.example", "Ä"]]
LINES = [(2, ["a@b.example", "Ä"])]


@pytest.fixture
def sheet(tmp_path):
    """Return a function that makes the `Sheet` of a file of a name and bytes."""

    def read(name, data, **options):
        path = tmp_path / "upload"
        path.write_bytes(data)
        return Sheet(path, name, **options)

    return read


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("l.csv", csv_bytes(ROWS)),
        ("l.CSV", "E-mail;Name\r\na@b.example;Ä\r\n".encode()),
        ("l.tsv", "E-mail\tName\na@b.example\tÄ\n".encode("utf-16")),
        ("l.csv", "E-mail\tName\na@b.example\tÄ\n".encode("utf-16-le")),
        ("l.csv", "E-mail\tName\na@b.example\tÄ\n".encode("utf-16-be")),
        (
            "l.csv",
            "sep=|\nE-mail|Name\na@b.example|Ä\n".encode(),
        ),
        ("l.txt", "E-mail|Name\na@b.example|Ä\n".encode()),
        ("l.xlsx", xlsx_bytes(ROWS)),
    ],
)
def test_a_list_is_read(sheet, name, data):
    source = sheet(name, data)
    above = data.startswith(b"sep=")
    rows = [(number - above, cells) for number, cells in source]
    assert (source.headers, rows, source.note) == (["E-mail", "Name"], LINES, "")
    assert list(source) == list(source)


@pytest.mark.parametrize(
    ("encoding", "text", "named"),
    [
        ("cp1252", "Ä", "Windows-1252"),
        ("cp1252", "Müller, François García Peña", "Windows-1252"),
        ("cp1250", "Dvořák Jiří, Šárka Nováková, Petr Černý", "Windows-1250"),
        ("euc_kr", "김철수, 이영희", "EUC-KR"),
        ("gb18030", "王小明, 李雷", "GB 18030"),
        ("cp1253", "Ωμέγα Παπαδόπουλος", "Windows-1253"),
        ("cp1250", "Łukasz Żółć, Świętosława Dąbrowska", "Windows-1250"),
        ("cp1251", "Иванов Иван Петрович", "Windows-1251"),
        ("cp932", "山田太郎, 鈴木花子", "Shift-JIS"),
    ],
)
def test_older_encodings_are_noted(sheet, encoding, text, named):
    data = f'E-mail,Name\nx@b.example,Plain\na@b.example,"{text}"\n'.encode(encoding)
    source = sheet("l.csv", data)
    assert [cells[1] for _number, cells in source] == ["Plain", text]
    assert f"it was read as {named}" in source.note
    chosen = sheet("l.csv", data, encoding="mac_roman")
    assert chosen.encoding == "mac_roman"


def test_a_wrong_byte_deep_in_a_file_is_noticed(sheet):
    data = (
        b"E-mail,Name\n" + b"a@b.example,Plain\n" * 100_000 + "a@b.example,Zoë\n".encode("cp1252")
    )
    source = sheet("l.csv", data)
    assert source.encoding == "cp1252"
    assert list(source)[-1] == (100_002, ["a@b.example", "Zoë"])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ('"Name; first, last";Notes\n"A, B";"1,2,3,4"\n', ";"),
        ('Name,Notes\n"a;b;c;d",x\n"e;f;g;h",y\n', ","),
        ("Name\nA\nB\n", ","),
        ("Name\tNotes\nA, B\tx\n", "\t"),
        ('Name|Notes\n"x\ny"|z\n', "|"),
    ],
)
def test_the_separator_is_found(sheet, text, delimiter):
    assert sheet("l.csv", text.encode()).delimiter == delimiter


def test_the_separator_can_be_given(sheet):
    assert sheet("l.csv", b"A;B,C\n1;2,3\n", delimiter=",").headers == ["A;B", "C"]


def test_row_numbers_are_the_spreadsheets(sheet):
    data = b'Name,Notes\n\nA,"two\nlines"\n,,\nB,\n'
    assert list(sheet("l.csv", data)) == [(3, ["A", "two\nlines"]), (5, ["B"])]


def big_zip():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"\0" * 6_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("l.csv", b"", "empty"),
        ("l.csv", b"\xef\xbb\xbf\r\n", "empty"),
        ("l.csv", b"E-mail,Name\r\n", "no rows"),
        ("l.xlsx", xlsx_bytes([["E-mail"]]), "no rows"),
        ("l.csv", xlsx_bytes(ROWS), "not a CSV"),
        ("l.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "not a CSV"),
        ("l.csv", b'a,b\n"open', "not a correct CSV"),
        ("l.csv", b'a,b\n1,2\n"x"y,2\n', "not a correct CSV"),
        ("l.xlsx", b"PK\x03\x04 rubbish", "not a readable XLSX"),
        ("l.xlsx", csv_bytes(ROWS), "not a readable XLSX"),
    ],
)
def test_other_files_are_refused(sheet, name, data, sentence):
    with pytest.raises(UploadRefused, match=sentence):
        sheet(name, data).count()


def test_a_zip_bomb_is_not_unpacked(sheet, settings):
    settings.IMPORT_MAX_BYTES = 1_000_000
    with pytest.raises(UploadRefused, match="too large when unpacked"):
        sheet("l.xlsx", big_zip())


def test_too_many_rows_are_refused(sheet, settings):
    settings.IMPORT_MAX_ROWS = 2
    source = sheet("l.csv", csv_bytes([["A"], ["1"], ["2"], ["3"]]))
    assert source.count(limit=2) == 2
    with pytest.raises(UploadRefused, match="more than 2 rows"):
        source.count()


def test_too_large_a_file_is_not_kept(settings):
    settings.IMPORT_MAX_BYTES = 2**20
    upload = Upload("t", "u")
    with pytest.raises(UploadRefused, match="larger than 1 MB"):
        upload.save(io.BytesIO(b"x" * (2**20 + 1)))
    assert not upload.path.exists()


def test_an_upload_is_private_and_must_be_the_same(cast):
    upload = Upload(cast.a.tenant.pk, cast.a.admin.pk)
    digest = upload.save(io.BytesIO(b"one"))
    assert upload.path.stat().st_mode & 0o077 == 0
    assert upload.verified(digest).read_bytes() == b"one"
    with pytest.raises(UploadRefused):
        upload.verified("another")
    for tenant, user in ((cast.a.tenant, cast.a.teacher), (cast.b.tenant, cast.b.admin)):
        with pytest.raises(UploadRefused):
            Upload(tenant.pk, user.pk, upload.token).verified(digest)


def test_a_token_is_no_path():
    with pytest.raises(ValueError, match="UUID"):
        Upload("t", "u", "../../etc/passwd")


def test_forgotten_uploads_go_away():
    old, new = Upload("t", "u"), Upload("t", "u")
    for upload in (old, new):
        upload.save(io.BytesIO(b"one"))
    moment = old.path.stat().st_mtime - uploads.KEPT_SECONDS - 1
    os.utime(old.path, (moment, moment))
    assert uploads.forget_old() == 1
    assert (old.path.exists(), new.path.exists()) == (False, True)


def workbook(rows):
    """Return an XLSX whose sheet has these rows, as XML."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_bytes(ROWS))) as plain,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in plain.namelist():
            data = plain.read(member)
            if member == "xl/worksheets/sheet1.xml":
                data = f'<worksheet xmlns="{name}"><sheetData>{rows}</sheetData></worksheet>'
            archive.writestr(member, data)
    return made.getvalue()


def test_an_xlsx_that_names_a_row_without_end(sheet):
    """A few bytes, of which openpyxl would make rows for hours."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="99999999999"><c><v>2</v></c></row>'
    source = sheet("l.xlsx", workbook(rows))
    with pytest.raises(UploadRefused, match="too large when unpacked"):
        source.count()


def test_an_xlsx_of_rows_to_the_last_column(sheet, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_CELLS", 30_000)
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="XFD{n}"/></row>' for n in (1, 2))
    with pytest.raises(UploadRefused, match="too large when unpacked"):
        sheet("l.xlsx", workbook(rows)).count()
