"""A school's file as it comes in: everything about it is checked before a database is touched."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from exchange.school_file import manifest, tables
from exchange.school_file.export import FILES
from exchange.school_file.streams import Counted, Sum, pieces_of

# What a zip may unpack to: so many times its own size, and in any case so many bytes.
MAX_RATIO = 200
MAX_SMALL = 1 << 30
MAX_MANIFEST = 64 << 20  # bytes
TEXTS = {"manifest.json", "README.txt"}
# App -> from which of its migrations of before the squash on its tables are those of after it.
SAME_TABLES: dict[str, str] = {}
AFTER_SQUASH = "0002_rules"
STEP = re.compile(r"[^/\\\x00-\x1f]+")


class BadFile(Exception):
    """The file cannot become a school; the message is a sentence that says why."""


def register(**same_tables: str) -> None:
    """Add {app: the first migration of before the squash whose tables are those of now}."""
    SAME_TABLES.update(same_tables)


class SchoolFile:
    """An opened school's file. Use `opened()`; it is only given out when it is whole."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.tables = tables.school_tables()
        self.manifest: manifest.Manifest  # read by `check`

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Yield one member, open for reading; damage on the way raises `BadFile`."""
        try:
            with self._archive.open(name) as file:
                yield file
        except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise BadFile(f"{name} is damaged: {error}.") from error

    def entry(self, table: tables.Table) -> manifest.TableEntry:
        """Return what the manifest says of a table."""
        return next(entry for entry in self.manifest.tables if entry.table == table.name)

    # --- checks, from the outside in --------------------------------------------------------------

    def check(self, schema: Mapping[str, str]) -> None:
        """Check everything against the manifest, and it against this server's migrations."""
        members = self._archive.infolist()
        self._check_zip(members)
        self.manifest = self._read_manifest({info.filename for info in members})
        check_schema(self.manifest.schema, schema)
        self._check_tables()
        sums = self._expected_sums()
        self._check_names({info.filename for info in members}, set(sums) | TEXTS)
        for info in members:
            if info.filename in sums:
                self._check_sum(info, sums[info.filename])

    def _check_zip(self, members: Sequence[zipfile.ZipInfo]) -> None:
        names = [info.filename for info in members]
        if twice := {name for name in names if names.count(name) > 1}:
            raise BadFile(f"{_listed(twice)} is in it twice.")
        for info in members:
            if info.flag_bits & 1:
                raise BadFile(f"{info.filename} is encrypted.")
            if info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
                raise BadFile(f"{info.filename} is no file.")
        if sum(info.file_size for info in members) > max(MAX_SMALL, MAX_RATIO * self._size()):
            raise BadFile("It would swell beyond all measure.")

    def _size(self) -> int:
        file = cast("IO[bytes]", self._archive.fp)
        file.seek(0, 2)
        return file.tell()

    def _read_manifest(self, names: Collection[str]) -> manifest.Manifest:
        if "manifest.json" not in names:
            raise BadFile("It has no manifest.json: it is no file of a school.")
        if self._archive.getinfo("manifest.json").file_size > MAX_MANIFEST:
            raise BadFile("Its manifest.json is too large.")
        with self.member("manifest.json") as file:
            text = file.read()
        try:
            return manifest.load(text)
        except manifest.BadManifest as error:
            raise BadFile(f"It cannot be used: {error}.") from error

    def _check_tables(self) -> None:
        here = {table.name: table.names for table in self.tables}
        there = {entry.table: entry.columns for entry in self.manifest.tables}
        if missing := here.keys() - there.keys():
            raise BadFile(f"Its manifest lacks the table {_listed(missing)}.")
        if unknown := there.keys() - here.keys():
            raise BadFile(f"Its manifest has a table unknown here: {_listed(unknown)}.")
        if len(self.manifest.tables) != len(there):
            raise BadFile("Its manifest has a table twice.")
        for name, columns in there.items():
            if columns != here[name]:
                raise BadFile(f"The columns of {name} are not those of this server.")
        if there and self.entry(self.tables[0]).rows != 1:
            raise BadFile("It must hold one school.")

    def _expected_sums(self) -> dict[str, Sum]:
        sums = {table.member: self.entry(table).sum for table in self.tables}
        for name, sum_ in self.manifest.files.items():
            if not _is_safe(name):
                raise BadFile(f"The name {name!r} leads out of the school's own directory.")
            sums[FILES + name] = sum_
        return sums

    @staticmethod
    def _check_names(names: set[str], expected: set[str]) -> None:
        if missing := expected - names:
            raise BadFile(f"{_listed(missing)} is missing.")
        if unknown := names - expected:
            raise BadFile(f"{_listed(unknown)} is in it, and its manifest does not know it.")

    def _check_sum(self, info: zipfile.ZipInfo, expected: Sum) -> None:
        target = Counted()
        with self.member(info.filename) as file:
            for piece in pieces_of(file):
                target.write(piece)
        if target.sum() != expected:
            raise BadFile(f"{info.filename} is not what the manifest says: it was changed.")


@contextmanager
def opened(path: Path, schema: Mapping[str, str]) -> Iterator[SchoolFile]:
    """Yield the checked `SchoolFile` at `path`; raises `BadFile`.

    `schema` is {app: last migration} of this server's database.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BadFile(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise BadFile(f"{path} is no zip file that can be read: {error}.") from error
    with archive:
        file = SchoolFile(archive)
        file.check(schema)
        yield file


def check_schema(there: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Refuse a file of other tables than this server's; both are {app: last migration}."""
    squashed = dict.fromkeys(tables.APPS, AFTER_SQUASH)
    is_before_squash = there.keys() == SAME_TABLES.keys()
    if is_before_squash and all(there[app] >= first for app, first in SAME_TABLES.items()):
        there = squashed
    if there == here:
        return
    newer = sorted(f"{app} {there[app]}" for app in there if there[app] > here.get(app, ""))
    older = sorted(f"{app} {there.get(app)}" for app in here if here[app] > there.get(app, ""))
    if is_before_squash and there != squashed:
        newer, older = [], sorted(f"{app} {name}" for app, name in there.items())
    if newer:
        raise BadFile(
            f"It comes from a newer version of the application ({', '.join(newer)}). Update this"
            " server, run `manage.py migrate`, and import it then."
        )
    raise BadFile(
        f"It comes from an older version of the application ({', '.join(older)}). Update the"
        " server that it comes from and make the file again; or import it on a server of that"
        " older version, and update that."
    )


def _is_safe(name: str) -> bool:
    """Whether a relative path stays below the directory that it is joined to, on any system."""
    steps = name.split("/")
    return (
        ":" not in name
        and len(name) < 1000
        and all(STEP.fullmatch(step) and step not in (".", "..") for step in steps)
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:3])
