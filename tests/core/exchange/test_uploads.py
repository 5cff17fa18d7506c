"""What people upload is read as they see it, or refused with a sentence."""

import io
import os
import zipfile

import pytest

from core.exchange import uploads
from tests.factories.exchange import csv_bytes, xlsx_bytes

ROWS = [["E-mail", "Name"], ["a@b.example", "Ä"]]
LINES = [(2, ["a@b.example", "Ä"])]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("l.csv", csv_bytes(ROWS)),
        ("l.CSV", "E-mail;Name\r\na@b.example;Ä\r\n".encode()),
        ("l.csv", "E-mail\tName\na@b.example\tÄ\n".encode("utf-16")),
        ("l.csv", "E-mail,Name\na@b.example,Ä\n".encode("cp1252")),
        ("l.xlsx", xlsx_bytes(ROWS)),
    ],
)
def test_a_list_is_read(name, data):
    sheet = uploads.read(name, data)
    assert (sheet.headers, sheet.rows) == (["E-mail", "Name"], LINES)
    assert bool(sheet.note) == (data == "E-mail,Name\na@b.example,Ä\n".encode("cp1252"))


def test_row_numbers_are_the_spreadsheets():
    data = b'Name,Notes\n\nA,"two\nlines"\n,,\nB,\n'
    assert uploads.read("l.csv", data).rows == [(3, ["A", "two\nlines"]), (5, ["B"])]


def big_zip():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"\0" * (uploads.MAX_UNPACKED + 1))
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
        ("l.xlsx", b"PK\x03\x04 rubbish", "not a readable XLSX"),
        ("l.xlsx", csv_bytes(ROWS), "not a readable XLSX"),
    ],
)
def test_other_files_are_refused(name, data, sentence):
    with pytest.raises(uploads.UploadRefused, match=sentence):
        uploads.read(name, data)


def test_a_zip_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UNPACKED", 1_000_000)
    with pytest.raises(uploads.UploadRefused, match="unpacks"):
        uploads.read("l.xlsx", big_zip())


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_ROWS", 2)
    data = csv_bytes([["A"], ["1"], ["2"], ["3"]])
    with pytest.raises(uploads.UploadRefused, match="more than 2 rows"):
        uploads.read("l.csv", data)


def test_an_upload_is_private_and_must_be_the_same(cast):
    upload = uploads.Upload(cast.a.tenant, cast.a.admin)
    upload.save(b"one")
    assert upload.path.stat().st_mode & 0o077 == 0
    assert upload.load(uploads.digest_of(b"one")) == b"one"
    with pytest.raises(uploads.UploadRefused):
        upload.load(uploads.digest_of(b"two"))
    for other in (cast.a.teacher, cast.b.admin):
        tenant = cast.b.tenant if other == cast.b.admin else cast.a.tenant
        with pytest.raises(uploads.UploadRefused):
            uploads.Upload(tenant, other, upload.token).load(uploads.digest_of(b"one"))


def test_a_token_is_no_path(cast):
    with pytest.raises(ValueError, match="UUID"):
        uploads.Upload(cast.a.tenant, cast.a.admin, "../../etc/passwd")


def test_forgotten_uploads_go_away(cast):
    first = uploads.Upload(cast.a.tenant, cast.a.admin)
    first.save(b"one")
    old = first.path.stat().st_mtime - uploads.KEPT_SECONDS - 1
    os.utime(first.path, (old, old))
    uploads.Upload(cast.a.tenant, cast.a.admin).save(b"two")
    assert not first.path.exists()
