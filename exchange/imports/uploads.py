"""What people upload: read as a table row by row, and kept aside until it is applied."""

import csv
import hashlib
import io
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from exchange.imports.encodings import DELIMITERS, ENCODINGS, detect_delimiter, detect_encoding

# An XLSX is a zip file; what unpacks to more than this many times the limit is no list.
MAX_UNPACKED = 5
# What a spreadsheet has at most, and cells that a list never needs. A file of a few bytes can name
# row 99,999,999,999, and openpyxl counts up to there; or fill a row to its last column.
MAX_SHEET_ROWS = 1_048_576
MAX_CELLS = 50_000_000
KEPT_SECONDS = 24 * 3600
READ_ONLY = {"read_only": True, "data_only": True}
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
BLANK = b"\xef\xbb\xbf\xff\xfe \t\r\n,;|\x00"


class UploadRefused(Exception):
    """The file cannot be read; the message is a sentence for the person."""


class Sheet:
    """A table as it was uploaded, read from disk each time it is gone through.

    `headers`    the cells of the first row that is not blank
    `note`       a sentence for the person about how the file was read, or ""
    `encoding`, `delimiter`   as detected or chosen; "" for XLSX

    Iterating gives (row number in the spreadsheet, cells); blank rows are left out and blank cells
    at the end of a row, too. Raises `UploadRefused`, while iterating as well.
    """

    def __init__(
        self, path: Path | str, name: str, encoding: str = "", delimiter: str = ""
    ) -> None:
        self.path, self.name, self.note = Path(path), name, ""
        self.encoding = self.delimiter = ""
        self.is_xlsx = self._sniff()
        if not self.is_xlsx:
            self._open_text(encoding, delimiter)
        first = next(self._lines(), None)
        if first is None:
            raise UploadRefused(_("The file is empty."))
        self.headers = ["" if cell is None else str(cell).strip() for cell in first[1]]

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        lines = self._lines()
        next(lines)
        for count, line in enumerate(lines):
            if count == settings.IMPORT_MAX_ROWS:
                raise UploadRefused(
                    _("The file has more than %(max)s rows; please split it.")
                    % {"max": f"{settings.IMPORT_MAX_ROWS:,}"}
                )
            yield line

    def count(self, limit: int | None = None) -> int:
        """Return the number of rows, at most `limit`; raises `UploadRefused` when there is none."""
        number = 0
        for _line in self:
            number += 1
            if number == limit:
                break
        if not number:
            raise UploadRefused(_("The file has headers, but no rows."))
        return number

    def _sniff(self) -> bool:
        """Return whether it is an XLSX; raises `UploadRefused` when it is neither kind."""
        with self.path.open("rb") as file:
            head = file.read(4096)
        if not head.strip(BLANK):
            raise UploadRefused(_("The file is empty."))
        suffix = Path(self.name).suffix.lower()
        looks_like_zip = head.startswith(b"PK\x03\x04")
        if looks_like_zip and suffix not in (".xlsx", ""):
            raise UploadRefused(_("This is not a CSV file, whatever its name says."))
        return suffix == ".xlsx" or looks_like_zip

    def _open_text(self, encoding: str, delimiter: str) -> None:
        known = encoding if encoding in ENCODINGS else detect_encoding(self.path)
        if known is None:
            raise UploadRefused(_("This is not a CSV file, whatever its name says."))
        self.encoding = known
        with self._text() as file:
            try:
                beginning = file.read(64 * 1024)
            except UnicodeError:
                raise UploadRefused(_("The file is not readable as text.")) from None
        # A line "sep=;" before the headers says so to spreadsheet programs.
        separator = beginning[4] if beginning[:4] == "sep=" and len(beginning) > 4 else ""
        self.has_separator_line = bool(separator)
        self.delimiter = next(
            mark
            for mark in (delimiter, separator, detect_delimiter(beginning))
            if mark in DELIMITERS
        )
        if not self.encoding.startswith("utf"):
            self.note = _(
                "The file is not in UTF-8; it was read as %(encoding)s."
                " Please check names with accents."
            ) % {"encoding": ENCODINGS[self.encoding]}

    def _text(self) -> IO[str]:
        # A few bytes of older files stand for nothing; better a mark in one name than no import.
        errors = "strict" if self.encoding.startswith("utf") else "replace"
        return self.path.open(encoding=self.encoding, errors=errors, newline="")

    def _lines(self) -> Iterator[tuple[int, list[Any]]]:
        rows = _xlsx_rows(self.path) if self.is_xlsx else self._csv_rows()
        for number, cells in enumerate(rows, 1):
            while cells and _blank(cells[-1]):
                cells.pop()
            if cells and not (number == 1 and not self.is_xlsx and self.has_separator_line):
                yield number, cells

    def _csv_rows(self) -> Iterator[list[Any]]:
        try:
            with self._text() as file:
                yield from csv.reader(file, delimiter=self.delimiter, strict=True)
        except csv.Error as error:
            raise UploadRefused(
                _("The file is not a correct CSV file (%(error)s).") % {"error": error}
            ) from None
        except UnicodeError:
            raise UploadRefused(_("The file is not readable as text.")) from None


def _xlsx_rows(path: Path) -> Iterator[list[Any]]:
    """Yield the rows of the first sheet; formulas are read as what they last came to."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED * settings.IMPORT_MAX_BYTES:
            raise UploadRefused(_("The file is too large when unpacked; is it really a list?"))
        # Opened here: by its name openpyxl would refuse a file that is not called .xlsx.
        with path.open("rb") as file, closing(load_workbook(file, **READ_ONLY)) as book:
            if not book.worksheets:
                raise UploadRefused(_("The workbook has no sheet."))
            sheet = book.worksheets[0]
            # Some programs write a size that is not the sheet's.
            sheet.reset_dimensions()
            cells = 0
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                cells += len(row)
                if number > MAX_SHEET_ROWS or cells > MAX_CELLS:
                    raise UploadRefused(
                        _("The file is too large when unpacked; is it really a list?")
                    )
                yield list(row)
    except (UploadRefused, GeneratorExit):
        raise
    # openpyxl lets through whatever its parts meet in a damaged file.
    except Exception:
        raise UploadRefused(
            _("This is not a readable XLSX file. Save it again as .xlsx or .csv.")
        ) from None


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


class Upload:
    """A file that waits until it is applied: private to one person of one school.

    On disk, because another process applies it. The name is random; the digest says that what is
    applied is what was previewed.
    """

    def __init__(
        self, tenant_id: uuid.UUID | None, user_id: uuid.UUID, token: uuid.UUID | str | None = None
    ) -> None:
        self.directory = root() / str(tenant_id) / str(user_id)
        self.token = str(uuid.UUID(str(token))) if token else str(uuid.uuid4())

    @property
    def path(self) -> Path:
        return self.directory / self.token

    def save(self, file: IO[bytes]) -> str:
        """Keep a binary file and return its digest; what cannot be kept whole is not kept.

        Raises `UploadRefused` when it is too large.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        self.path.touch(mode=0o600)
        try:
            with self.path.open("wb") as kept:
                while block := file.read(1 << 20):
                    size += len(block)
                    if size > settings.IMPORT_MAX_BYTES:
                        raise UploadRefused(
                            _("The file is larger than %(max)d MB; please split it.")
                            % {"max": settings.IMPORT_MAX_BYTES // 2**20}
                        )
                    digest.update(block)
                    kept.write(block)
        except BaseException:
            self.remove()
            raise
        return digest.hexdigest()

    def digest(self) -> str:
        """Return the digest of the file; raises FileNotFoundError when it is gone."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def verified(self, digest: str) -> Path:
        """Return the path; raises `UploadRefused` when the file is gone or not the same."""
        try:
            same = self.digest() == digest
        except FileNotFoundError:
            same = False
        if not same:
            raise UploadRefused(_("The uploaded file is no longer there. Please upload it again."))
        return self.path

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def root() -> Path:
    """Return the directory of all schools' uploads."""
    return Path(settings.EXPORT_ROOT).parent / "imports"


def forget_old(now: float | None = None) -> int:
    """Remove the uploads of all schools that nobody applied for a day; returns their number."""
    removed = 0
    oldest = (now or time.time()) - KEPT_SECONDS
    for path in root().glob("*/*/*"):
        try:
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # another process was quicker
            continue
    return removed


def from_bytes(data: bytes) -> io.BytesIO:
    """Return bytes as the binary file that `Upload.save` takes."""
    return io.BytesIO(data)
