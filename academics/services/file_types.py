"""The file types that people may upload, recognized by name and content; both must agree."""

import lzma
import re
import unicodedata
import zipfile
import zlib
from pathlib import PurePath
from typing import IO

import puremagic
from django.utils.translation import gettext as _

OFFICE = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
# Ending of the name -> (type that it is served as, endings that its first bytes may stand for).
SNIFFED = {
    "pdf": ("application/pdf", {"pdf"}),
    "rtf": ("application/rtf", {"rtf"}),
    "doc": ("application/msword", {"doc"}),
    "xls": ("application/vnd.ms-excel", {"doc", "xls"}),
    "ppt": ("application/vnd.ms-powerpoint", {"doc", "ppt"}),
    "png": ("image/png", {"png"}),
    "jpg": ("image/jpeg", {"jpeg", "jpg", "jfif"}),
    "jpeg": ("image/jpeg", {"jpeg", "jpg", "jfif"}),
    "gif": ("image/gif", {"gif"}),
    "webp": ("image/webp", {"webp"}),
    "heic": ("image/heic", {"heic", "heif"}),
    "mp3": ("audio/mpeg", {"mp3", "mpga"}),
    "m4a": ("audio/mp4", {"m4a", "mp4", "f4a"}),
    "wav": ("audio/wav", {"wav"}),
    "ogg": ("audio/ogg", {"ogg", "oga"}),
    "mp4": ("video/mp4", {"mp4", "m4v"}),
    "mov": ("video/quicktime", {"mov"}),
    "webm": ("video/webm", {"webm"}),
}
# Zip-based formats: the type, and the prefix of a part's name, or None if a file "mimetype" has it.
PACKED = {
    "docx": (f"{OFFICE}.wordprocessingml.document", "word/"),
    "xlsx": (f"{OFFICE}.spreadsheetml.sheet", "xl/"),
    "pptx": (f"{OFFICE}.presentationml.presentation", "ppt/"),
    "odt": (f"{ODF}.text", None),
    "ods": (f"{ODF}.spreadsheet", None),
    "odp": (f"{ODF}.presentation", None),
}
TEXT = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "tex": "text/x-tex",
}
ZIP = "application/zip"
TYPES = (
    {ending: type_ for ending, (type_, _sniffed) in SNIFFED.items()}
    | {ending: type_ for ending, (type_, _part) in PACKED.items()}
    | TEXT
    | {"zip": ZIP}
)
ACCEPT = ",".join(f".{ending}" for ending in TYPES)
# Refused even before the last ending: files that a browser or a double click would run.
DANGEROUS = frozenset(
    ("apk", "bat", "cmd", "cpl", "dll", "dmg", "exe", "hta", "htm", "html", "jar", "js", "jse",
     "lnk", "mht", "mhtml", "msc", "msi", "php", "pif", "ps1", "py", "reg", "scr", "sh", "svg",
     "svgz", "swf", "vbe", "vbs", "wsf", "xht", "xhtml", "xml", "xsl")
)  # fmt: skip
HEAD = 64 * 1024  # bytes that are looked at
MARKS = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg|iframe|meta\s)", re.IGNORECASE)
MARKS_WITHIN = 1024  # bytes in which a browser would look for a page
NAME_LENGTH = 120
# Exceptions from reading a broken, encrypted or unusual zip file.
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, KeyError, OSError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


class FileRefused(Exception):
    """A file is refused; the message names it."""


def clean_name(name: str | None) -> str:
    """Return a file's name without folders, invisible characters and what no system can store."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rpartition("/")[2]
    # Control characters, and those that turn the direction of writing ("exe.pdf" for "fdp.exe").
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:NAME_LENGTH] or "file"
    return f"{stem[: NAME_LENGTH - len(ending) - 1].rstrip(' .') or 'file'}.{ending}"


def content_type(name: str, file: IO[bytes]) -> str:
    """Return the type that a readable binary `file` of that (clean) name is served as.

    Raises `FileRefused` when the name's ending is not taken or the contents are something else.
    """
    endings = [suffix[1:].lower() for suffix in PurePath(name).suffixes]
    if not endings or endings[-1] not in TYPES:
        raise FileRefused(
            _("“%(name)s” is not a kind of file that can be kept here (allowed: %(kinds)s).")
            % {"name": name, "kinds": ", ".join(TYPES)}
        )
    if risky := DANGEROUS.intersection(endings):
        raise FileRefused(
            _("“%(name)s” has the name of a program or a web page (.%(ending)s); rename it first.")
            % {"name": name, "ending": sorted(risky)[0]}
        )
    ending = endings[-1]
    file.seek(0)
    head = file.read(HEAD)
    if not _agrees(ending, head, file):
        raise FileRefused(
            _("“%(name)s” does not hold what its name says (.%(ending)s).")
            % {"name": name, "ending": ending}
        )
    file.seek(0)
    return TYPES[ending]


def _agrees(ending: str, head: bytes, file: IO[bytes]) -> bool:
    if ending in TEXT:
        return _is_text(head)
    if ending in PACKED or ending == "zip":
        return _is_packed(ending, head, file)
    if MARKS.search(head[:MARKS_WITHIN]):
        return False
    return bool(SNIFFED[ending][1] & _endings_of(head))


def _endings_of(head: bytes) -> set[str]:
    """Return the endings that files with such a beginning have."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    return {match.extension.lstrip(".").lower() for match in matches}


def _is_text(head: bytes) -> bool:
    """Return whether it is text in a usual encoding, and not markup that a browser would show."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    else:
        text = head.decode("utf-8-sig", errors="replace")
    beginning = re.sub(r"^(?:\s|<!--.*?-->)+", "", text, flags=re.DOTALL)
    return not (
        any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
        or re.match(r"<[a-zA-Z!?]", beginning)
        or beginning.startswith("#!")
    )


def _is_packed(ending: str, head: bytes, file: IO[bytes]) -> bool:
    """Return whether it is a zip file with the parts of its type; a plain one without programs."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if ending == "zip":
                return not any(_is_dangerous(name) for name in names)
            type_, part = PACKED[ending]
            if part:
                return "[Content_Types].xml" in names and any(n.startswith(part) for n in names)
            with archive.open("mimetype") as said:
                return said.read(200).strip() == type_.encode()
    except BROKEN:
        return False


def _is_dangerous(name: str) -> bool:
    return PurePath(name).suffix[1:].lower() in DANGEROUS - {"xml", "py", "js", "sh", "html", "svg"}
