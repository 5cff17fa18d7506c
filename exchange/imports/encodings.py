"""In which encoding, and with which separator, a CSV file was written."""

import codecs
import csv
import io
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

# Python's name -> what people call it. What is not Unicode is tried in this order.
ENCODINGS = {
    "utf-8-sig": _("UTF-8"),
    "utf-16": _("UTF-16"),
    "utf-16-le": _("UTF-16"),
    "utf-16-be": _("UTF-16"),
    "cp1252": _("Windows-1252 (Western European)"),
    "cp1250": _("Windows-1250 (Central European)"),
    "cp1251": _("Windows-1251 (Cyrillic)"),
    "cp1253": _("Windows-1253 (Greek)"),
    "cp1254": _("Windows-1254 (Turkish)"),
    "cp932": _("Shift-JIS (Japanese)"),
    "gb18030": _("GB 18030 (Simplified Chinese)"),
    "euc_kr": _("EUC-KR (Korean)"),
    "big5": _("Big5 (Traditional Chinese)"),
    "mac_roman": _("Mac Roman"),
}
UNICODE = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
OLDER = [name for name in ENCODINGS if name not in UNICODE]
# Signs that stand in lists of people; others show that accents were read as something else.
TYPOGRAPHY = "‘’‚“”„–—…€\u00a0«»·・\u3000"  # noqa: RUF001
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
SAMPLE_BYTES = 16 * 1024
SAMPLE_RECORDS = 30


def detect_encoding(path: Path) -> str | None:
    """Return the encoding of a file (a key of `ENCODINGS`), read in pieces; None for no text."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\x00" in head:
            return _bare_utf16(head)
        file.seek(0)
        suspects = _not_utf8(file)
    return "utf-8-sig" if suspects is None else _older(suspects)


def _bare_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: of ASCII every other byte is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) / 4 and even == 0:
        return "utf-16-le"
    if even > len(head) / 4 and odd == 0:
        return "utf-16-be"
    return None


def _not_utf8(file: IO[bytes]) -> bytes | None:
    """Return None when all of the file is UTF-8, else the lines that hold more than ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        file.seek(0)
    else:
        return None
    suspects = b""
    for line in file:
        if not line.isascii():
            suspects += line
        if len(suspects) > SAMPLE_BYTES:
            break
    return suspects


def _older(sample: bytes) -> str:
    """Return the likeliest of the encodings from before Unicode."""
    ranks: dict[str, tuple[float, int, float, int]] = {}
    for place, name in enumerate(OLDER):
        match = from_bytes(sample, cp_isolation=[name]).best()
        if match is not None and match.encoding == name:
            signs = sum(not (c.isascii() or c.isalpha() or c in TYPOGRAPHY) for c in str(match))
            ranks[name] = (match.chaos, signs, -match.coherence, place)
    return min(ranks, key=lambda name: ranks[name], default="cp1252")


def detect_delimiter(text: str) -> str:
    """Return the separator with which the beginning of a file reads most like a table."""
    return max(DELIMITERS, key=lambda mark: _likeness(text, mark))


def _likeness(text: str, delimiter: str) -> tuple[int, int]:
    """(records as long as the first, cells of the first): quoted separators do not count."""
    records = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if record:
                records.append(len(record))
            if len(records) == SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    if not records or records[0] == 1:
        return 0, 0
    # The last record of the sample may be cut off.
    return sum(size == records[0] for size in records), records[0]
