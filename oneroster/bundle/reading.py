"""Read a OneRoster CSV bundle: a zip of text files as real systems write them.

Nothing is unpacked to disk. The limits keep a zip bomb, or a mistake, from filling the memory.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from oneroster.bundle import columns
from oneroster.bundle.errors import BundleError

MIB = 1024 * 1024
MAX_FILE_BYTES = 128 * MIB  # one file, unpacked
MAX_BUNDLE_BYTES = 384 * MIB  # all files, unpacked
MAX_ENTRIES = 1_000
MAX_ROWS = 1_000_000  # all files
MAX_CELLS = 30_000_000  # all files; in memory a cell is some dozens of bytes
MAX_COLUMNS = 200  # one file; the standard has at most some thirty
MAX_SOURCED_ID = 255  # characters, the column's length

# Not UTF-8: what Windows programs in the western world write.
FALLBACK_ENCODING = "cp1252"
DELIMITERS = ",;\t"
# PostgreSQL stores no NUL; the other control characters are never meant.
CONTROLS = {c: None for c in range(32) if chr(c) not in "\t\n\r"} | {0x7F: None}

ACTIVE, TO_BE_DELETED = "active", "tobedeleted"
STATUSES = {"": ACTIVE, "active": ACTIVE, "tobedeleted": TO_BE_DELETED, "inactive": TO_BE_DELETED}


@dataclass(slots=True)
class Row:
    """One row: `values` by column name (text, stripped; "" when empty), `line` where it begins."""

    file: str
    line: int
    values: dict
    deleted: bool = False

    def __getitem__(self, column):
        return self.values.get(column, "")

    @property
    def sourced_id(self):
        return self["sourcedId"]

    def kept(self):
        """Return what is stored beside the imported row: its columns that are not empty.

        An active row's status may be written or left empty: it is not kept.
        """
        left_out = {*columns.NOT_KEPT, "status"}
        row = {k: v for k, v in self.values.items() if v and k not in left_out}
        if self.file in columns.ON_DEMAND:
            row = {}  # the values set here hold all of it
        return row | {"status": TO_BE_DELETED} if self.deleted else row

    def list(self, column):
        """Return a column of several values ("a,b") as a list without empty ones."""
        return [part.strip() for part in self[column].split(",") if part.strip()]


@dataclass
class Bundle:
    """What a zip holds. `faults` are (level, file, line, sourcedId, reason) found while reading."""

    name: str
    files: dict = field(default_factory=dict)  # file -> list of Row
    manifest: dict = field(default_factory=dict)
    other_files: list = field(default_factory=list)  # known to the standard, not imported
    row_counts: dict = field(default_factory=dict)  # file -> rows, bad ones too
    cell_count: int = 0
    faults: list = field(default_factory=list)

    def rows(self, file):
        return self.files.get(file, [])

    def __contains__(self, file):
        return file in self.files

    def announced(self):
        """Return the files that the manifest speaks of as being there, of those that are read."""
        said = {
            name: self.manifest.get(f"file.{name}".lower(), "").lower() for name in columns.COLUMNS
        }
        return {name for name, mode in said.items() if mode in ("bulk", "delta")}

    def is_delta(self, file):
        """True when the file lists changes only, so that a row's absence means nothing."""
        return self.manifest.get(f"file.{file}".lower(), "").lower() == "delta"

    @property
    def source_code(self):
        """The short name of the system that wrote the bundle, as the manifest says; "" if not."""
        return self.manifest.get("source.systemcode", "")

    @property
    def version(self):
        """The OneRoster version as the manifest says, or as the files show."""
        if version := self.manifest.get("oneroster.version"):
            return version
        return "1.2" if "roles" in self.files else "1.1"


def count_rows(source, name):
    """Return about how many rows the files of a zip have (lines), without reading cells.

    Raises BundleError for what is no bundle or too large: see `read`.
    """
    lines = 0
    with _opened(source, name) as archive:
        entries = _choose(archive.infolist())
        if not entries.keys() - {"manifest"}:
            raise BundleError(_no_files(name))
        for file, entry in entries.items():
            if file == "manifest":
                continue
            lines += max(_content(archive, entry).count(b"\n") - 1, 0)
    return lines


@contextmanager
def _opened(source, name):
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise BundleError(f"{name} is not a zip file, or is damaged.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise BundleError(f"{name} cannot be read: {reason}.") from error


def _no_files(name):
    return f"{name} holds no OneRoster file (users.csv, classes.csv, enrollments.csv ...)."


def read(source, name=None, wanted=(), only=None):
    """Read the zip at `source` (a path, or a binary file for which `name` is given).

    Of the files `columns.ON_DEMAND` only those in `wanted` are read; with `only` no other files.

    Raises BundleError for what is no bundle, is damaged, encrypted, unsafe or too large.
    """
    bundle = Bundle(name=name or PurePosixPath(str(source)).name)
    with _opened(source, bundle.name) as archive:
        for file, entry in _choose(archive.infolist()).items():
            if file in columns.NOT_IMPORTED or file in set(columns.ON_DEMAND) - set(wanted):
                bundle.other_files.append(file)
            elif only is None or file in only:
                _read_file(bundle, file, entry, _content(archive, entry))
    bundle.manifest = {
        row["propertyName"].lower(): row["value"] for row in bundle.files.pop("manifest", [])
    }
    bundle.row_counts.pop("manifest", None)
    _require_version(bundle)
    if not bundle.files and only is None:
        raise BundleError(_no_files(bundle.name))
    return bundle


def _require_version(bundle):
    """The versions 1.0 to 1.2 have these files; another would have others under their names."""
    version = bundle.manifest.get("oneroster.version", "")
    if version and not re.match(r"v?1(\.|$)", version.lower()):
        raise BundleError(
            f"{bundle.name} says that it is OneRoster {version[:20]};"
            " versions 1.1 and 1.2 are read."
        )


def _choose(entries):
    """Return {file: zip entry} of the OneRoster files, wherever in the zip they lie."""
    if len(entries) > MAX_ENTRIES:
        raise BundleError(f"The zip holds {len(entries)} files; at most {MAX_ENTRIES} are read.")
    chosen = {}
    for entry in entries:
        _require_safe(entry.filename)
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if entry.is_dir() or path.suffix.lower() != ".csv" or _is_debris(path):
            continue
        file = columns.FILES.get(columns.fold(path.stem))
        if file is None:
            continue
        if entry.flag_bits & 0x1:
            raise BundleError("The zip is encrypted; make one without a password.")
        if file in chosen:
            raise BundleError(
                f"The zip holds {file}.csv twice ({chosen[file].filename} and {entry.filename}); "
                "a bundle is one set of files."
            )
        chosen[file] = entry
    _require_sizes(chosen.values())
    return chosen


def _require_safe(filename):
    """Nothing is unpacked, but a zip with such names was not made by a school system."""
    path = filename.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/"):
        raise BundleError(f"The zip holds a file with an unsafe name ({filename[:100]!r}).")


def _is_debris(path):
    """Return whether macOS added this entry to the zip."""
    return "__MACOSX" in path.parts or path.name.startswith("._")


def _require_sizes(entries):
    total = 0
    for entry in entries:
        total += entry.file_size
        if entry.file_size > MAX_FILE_BYTES:
            raise BundleError(_too_large(entry.filename, MAX_FILE_BYTES))
    if total > MAX_BUNDLE_BYTES:
        raise BundleError(_too_large("The bundle", MAX_BUNDLE_BYTES))


def _too_large(what, limit):
    return f"{what} is larger than {limit // MIB} MiB unpacked, the most that is read."


def _content(archive, entry):
    """Return an entry's bytes; its header may understate the size, so the reading is limited."""
    try:
        with archive.open(entry) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except (zlib.error, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(f"{entry.filename} in the zip is damaged ({error}).") from error
    except (NotImplementedError, RuntimeError) as error:
        raise BundleError(
            f"{entry.filename} is packed in a way that cannot be read ({error}); "
            "make a plain zip (deflate)."
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise BundleError(_too_large(entry.filename, MAX_FILE_BYTES))
    return content


def decode(content):
    """Return (text, encoding): by the byte-order mark, else UTF-8 if it is, else Windows-1252."""
    if content.startswith(codecs.BOM_UTF8):
        return content.decode("utf-8-sig", errors="replace"), "utf-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), "utf-16"
    head = content[:200]
    if head.count(0) > len(head) // 4:  # UTF-16 without a mark: every second byte is NUL
        encoding = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        return content.decode(encoding, errors="replace"), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode(FALLBACK_ENCODING, errors="replace"), FALLBACK_ENCODING


def _read_file(bundle, file, entry, content):
    """Parse one file into `bundle.files[file]`; bad rows go to `bundle.faults`."""
    text, encoding = decode(content)
    name = f"{file}.csv"
    if encoding == FALLBACK_ENCODING:
        bundle.faults.append(("note", file, 1, "", "not UTF-8; read as Windows-1252"))
    first_line = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    if delimiter != ",":
        bundle.faults.append(("note", file, 1, "", f"the cells are separated by {delimiter!r}"))
    rows = _records(text, delimiter, name)
    header = next(rows, None)
    if header is None:
        bundle.files[file] = []
        return
    names = _header(file, header[1])
    parsed = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        bundle.row_counts[file] = bundle.row_counts.get(file, 0) + 1
        if sum(bundle.row_counts.values()) > MAX_ROWS:
            raise BundleError(f"The bundle has more than {MAX_ROWS:,} rows, the most that is read.")
        row = Row(file, line, {})
        if any(cell.strip() for cell in cells[len(names) :]):
            reason = f"{len(cells)} cells, but the header has {len(names)}: an unquoted comma?"
            sourced_id = cells[0].strip() if names[0] == "sourcedId" else ""
            bundle.faults.append(("rejected", file, line, sourced_id, reason))
            continue
        for column, cell in zip(names, cells, strict=False):
            if column is not None:
                row.values.setdefault(column, cell.translate(CONTROLS).strip())
        bundle.cell_count += len(row.values)
        if bundle.cell_count > MAX_CELLS:
            raise BundleError(
                f"The bundle has more than {MAX_CELLS:,} cells, the most that is read."
            )
        parsed.append(row)
    bundle.files[file] = parsed if file == "manifest" else _usable(bundle, file, parsed)


def _records(text, delimiter, name):
    """Yield (line on which the record begins, cells)."""
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise BundleError(f"{name}, line {line}: not readable as CSV ({error}).") from error


def _header(file, cells):
    """Return the column name of each cell; extra columns keep their own, doubles become None."""
    if len(cells) > MAX_COLUMNS:
        raise BundleError(f"{file}.csv has more than {MAX_COLUMNS} columns, the most that is read.")
    known = columns.canonical(file)
    names = []
    for cell in cells:
        cell = cell.translate(CONTROLS).strip().lstrip("\ufeff")
        name = known.get(columns.fold(cell), cell) or None
        names.append(None if name in names else name)
    missing = [name for name in columns.REQUIRED.get(file, ["sourcedId"]) if name not in names]
    if missing:
        raise BundleError(f"{file}.csv has no column {' and no column '.join(missing)}.")
    return names


def _usable(bundle, file, rows):
    """Return the rows with a usable sourcedId and status; the others are faults."""
    seen, usable = {}, []
    for row in rows:
        fault = _fault(row, seen.get(row.sourced_id))
        if fault:
            bundle.faults.append((*fault[:1], file, row.line, row.sourced_id[:100], fault[1]))
            continue
        row.deleted = STATUSES[row["status"].lower()] == TO_BE_DELETED
        seen[row.sourced_id] = row
        usable.append(row)
    return usable


def _fault(row, earlier):
    """Return (level, reason) when the row cannot be used, else None."""
    if not row.sourced_id:
        return "rejected", "no sourcedId"
    if len(row.sourced_id) > MAX_SOURCED_ID:
        return "rejected", f"the sourcedId has more than {MAX_SOURCED_ID} characters"
    if row["status"].lower() not in STATUSES:
        return "rejected", f"unknown status {row['status'][:40]!r}"
    if earlier is not None:
        if earlier.values == row.values:
            return "skipped", f"the same row as line {earlier.line}"
        return "rejected", f"the sourcedId stands on line {earlier.line} already"
    return None
