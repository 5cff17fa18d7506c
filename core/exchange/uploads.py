"""What people upload: read as a table, and kept aside between preview and confirmation."""

import csv
import hashlib
import io
import time
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000
# An XLSX is a zip file; more than this inside ten megabytes is no school's list.
MAX_UNPACKED = 200 * 1024 * 1024
KEPT_SECONDS = 24 * 3600
SUFFIXES = (".csv", ".xlsx")


class UploadRefused(Exception):
    """The file cannot be read; the message is a sentence for the person."""


@dataclass
class Sheet:
    """A table as it was uploaded: headers, and rows as (row number in the spreadsheet, cells)."""

    headers: list[str]
    rows: list[tuple[int, list]]
    note: str = ""


def read(name, data):
    """Return the `Sheet` in the bytes of a CSV or XLSX file; raises `UploadRefused`."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n,;"):
        raise UploadRefused(_("The file is empty."))
    suffix = Path(name).suffix.lower()
    looks_like_zip = data.startswith(b"PK\x03\x04")
    if suffix == ".xlsx" or (looks_like_zip and suffix != ".csv"):
        return _sheet(_xlsx_rows(data))
    if looks_like_zip or b"\x00" in data[:4096].replace(b"\xff\xfe", b"") and not _utf16(data):
        raise UploadRefused(_("This is not a CSV file, whatever its name says."))
    text, note = _decode(data)
    sheet = _sheet(_csv_rows(text))
    sheet.note = note
    return sheet


def _utf16(data):
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _decode(data):
    """Return (text, note): UTF-8, UTF-16 with its mark, or what older Windows programs write."""
    if _utf16(data):
        try:
            return data.decode("utf-16"), ""
        except UnicodeDecodeError:
            raise UploadRefused(_("The file is not readable as text.")) from None
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        note = _(
            "The file is not in UTF-8; it was read as Windows-1252."
            " Please check names with accents."
        )
        return data.decode("cp1252", errors="replace"), note


def _csv_rows(text):
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise UploadRefused(
            _("The file is not a correct CSV file (%(error)s).") % {"error": error}
        ) from None


def _xlsx_rows(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise UploadRefused(_("The file unpacks to too much; is it really a list?"))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        if not book.worksheets:
            raise UploadRefused(_("The workbook has no sheet."))
        yield from (list(row) for row in book.worksheets[0].iter_rows(values_only=True))
    except UploadRefused:
        raise
    # openpyxl lets through whatever its parts meet in a damaged file.
    except Exception:
        raise UploadRefused(
            _("This is not a readable XLSX file. Save it again as .xlsx or .csv.")
        ) from None


def _sheet(lines):
    """Return the `Sheet` of lines of cells: the first line that is not blank holds the headers."""
    headers, rows = None, []
    for number, cells in enumerate(lines, 1):
        while cells and _blank(cells[-1]):
            cells.pop()
        if not cells:
            continue
        if headers is None:
            headers = ["" if cell is None else str(cell).strip() for cell in cells]
            continue
        if len(rows) == MAX_ROWS:
            raise UploadRefused(
                _("The file has more than %(max)s rows; please split it.")
                % {"max": f"{MAX_ROWS:,}"}
            )
        rows.append((number, cells))
    if headers is None:
        raise UploadRefused(_("The file is empty."))
    if not rows:
        raise UploadRefused(_("The file has headers, but no rows."))
    return Sheet(headers, rows)


def _blank(cell):
    return cell is None or (isinstance(cell, str) and not cell.strip())


class Upload:
    """A file that waits for its confirmation: private to one person of one school.

    On disk, because the confirmation may reach another process. The name is random; the digest that
    the page carries (signed) says that what is confirmed is what was previewed.
    """

    def __init__(self, tenant, user, token=None):
        self.directory = (
            Path(settings.EXPORT_ROOT).parent / "imports" / str(tenant.pk) / str(user.pk)
        )
        self.token = str(uuid.UUID(token)) if token else str(uuid.uuid4())

    @property
    def path(self):
        return self.directory / self.token

    def save(self, data):
        """Keep the bytes, and forget the person's uploads that were never confirmed."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in self.directory.iterdir():
            if other.stat().st_mtime < time.time() - KEPT_SECONDS:
                other.unlink(missing_ok=True)
        self.path.write_bytes(data)
        self.path.chmod(0o600)

    def load(self, digest):
        """Return the bytes; raises `UploadRefused` when they are gone or not the same."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            data = None
        if data is None or digest_of(data) != digest:
            raise UploadRefused(_("The uploaded file is no longer there. Please upload it again."))
        return data

    def remove(self):
        self.path.unlink(missing_ok=True)


def digest_of(data):
    return hashlib.sha256(data).hexdigest()
