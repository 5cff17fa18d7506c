"""A school rebuilt from its file, in one transaction: whole and the same, or not at all.

An operator's work, done as the owner of the tables: nobody else may write the audit trail or load a
whole school at once. Rows go through a temporary table that has no rules, and from there in one
INSERT a table, so that foreign keys and checks hold as always. The triggers stand aside where they
would write what the file already says: the audit trail (app.audit), and what is worked out from
other rows (app.rebuilding); updated_at is touched by updates only, and there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import Error, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from core import rls
from core.database.errors import one_line
from core.models import Domain, Tenant
from core.services import schools
from exchange.school_file import tables
from exchange.school_file.archive import BadFile, SchoolFile, opened
from exchange.school_file.export import FILES, stored_files, use_text_forms
from exchange.school_file.manifest import TableEntry, schema_version
from exchange.school_file.streams import Counted, Sum, copy_out, pieces_of

OWNER = "owner"


@dataclass(frozen=True)
class Compared:
    """One table of the new school beside the file: rows, and whether all bytes are the same."""

    table: str
    expected_rows: int
    rows: int
    expected: Sum
    actual: Sum

    @property
    def is_same(self) -> bool:
        return (self.rows, self.actual) == (self.expected_rows, self.expected)


class Different(BadFile):
    """The rebuilt school is not what the file says; `tables` are all that were compared."""

    def __init__(self, compared: Sequence[Compared]) -> None:
        self.tables = compared
        names = ", ".join(table.table for table in compared if not table.is_same)
        super().__init__(f"The rebuilt school differs from the file in: {names}.")


@dataclass(frozen=True)
class Rebuilt:
    """The new school, its host name, and what was compared."""

    tenant: Tenant
    host: str
    tables: list[Compared]
    files: int


def rebuild(
    path: Path,
    *,
    subdomain: str,
    name: str | None = None,
    domain: str | None = None,
    progress: Callable[[str], None] = lambda sentence: None,
) -> Rebuilt:
    """Rebuild the school in the file at `path` as a new one; return what became of it (`Rebuilt`).

    `name` replaces the school's own, `domain` is a further host name, then the main one.
    `progress` is called with what is going on. Raises `BadFile`; then nothing is left.
    """
    platform = schools.ensure_platform()
    with rls.tenant_context(platform, role="admin"):
        _check(schools.check_subdomain, subdomain)
    progress("checking the file")
    with opened(path, schema_version(OWNER)) as file:
        tenant = Tenant(schema_name=subdomain, subdomain=subdomain)
        with (
            # For the sake of its files; its rows are written by the owner.
            rls.tenant_context(tenant, role="admin"),
            _files_undone(),
            _refusals(),
            transaction.atomic(using=OWNER),
            connections[OWNER].cursor() as cursor,
        ):
            compared = _rebuild(cursor, file, tenant, progress)
            _restore_files(file, progress)
            with rls.tenant_context(platform, role="admin"):
                host = _name(tenant, name, domain)
        return Rebuilt(tenant, host, compared, len(file.manifest.files))


def _rebuild(
    cursor: CursorWrapper, file: SchoolFile, tenant: Tenant, progress: Callable[[str], None]
) -> list[Compared]:
    """Load and compare every table; return what was compared. Raises `Different`."""
    use_text_forms(cursor)
    rls.set_local(cursor, {"app.audit": "off", "app.rebuild": "on"})
    progress(f"loading {sum(entry.rows for entry in file.manifest.tables):,} rows")
    for table in file.tables:
        _load(cursor, file, table, tenant)
    progress("comparing them with the file")
    compared = [_compare(cursor, table, file.entry(table), tenant) for table in file.tables]
    if not all(table.is_same for table in compared):
        raise Different(compared)
    return compared


# --- rows -----------------------------------------------------------------------------------------


def _load(cursor: CursorWrapper, file: SchoolFile, table: tables.Table, tenant: Tenant) -> None:
    """Load one table by way of a temporary one, in which ids are still portable."""
    parts = {
        "table": sql.Identifier("public", table.name),
        "columns": sql.SQL(", ").join(map(sql.Identifier, table.names)),
        "school": sql.Literal(str(tenant.pk)),
    }
    cursor.execute(
        sql.SQL("CREATE TEMP TABLE staged AS SELECT {columns} FROM {table} WITH NO DATA").format(
            **parts
        )
    )
    with file.member(table.member) as member:
        rows = _copy_in(cursor, member, parts)
    if rows != file.entry(table).rows:
        raise BadFile(f"{table.member} has {rows} rows, and its manifest says otherwise.")
    _insert(cursor, table, tenant, parts)
    cursor.execute("DROP TABLE pg_temp.staged")


def _copy_in(cursor: CursorWrapper, member: IO[bytes], parts: dict[str, sql.Composable]) -> int:
    statement = sql.SQL(
        "COPY pg_temp.staged ({columns}) FROM STDIN (FORMAT csv, HEADER MATCH)"
    ).format(**parts)
    with cursor.copy(statement) as copy:
        for piece in pieces_of(member):
            copy.write(piece)
    return cursor.rowcount


def _insert(
    cursor: CursorWrapper, table: tables.Table, tenant: Tenant, parts: dict[str, sql.Composable]
) -> None:
    given = {table.owner: parts["school"]}
    if table.name == Tenant._meta.db_table:
        given |= {
            "schema_name": sql.Literal(tenant.schema_name),
            "subdomain": sql.Literal(tenant.subdomain),
        }
    values = [column.portable(parts["school"]) for column in table.columns]
    cursor.execute(
        sql.SQL(
            "INSERT INTO {table} ({given}, {columns}) SELECT {values} FROM pg_temp.staged"
        ).format(
            **parts,
            given=sql.SQL(", ").join(map(sql.Identifier, given)),
            values=sql.SQL(", ").join([*given.values(), *values]),
        )
    )


def _compare(
    cursor: CursorWrapper, table: tables.Table, entry: TableEntry, tenant: Tenant
) -> Compared:
    target = Counted()
    rows = copy_out(cursor, table.read(tenant.pk), target.write)
    return Compared(table.name, entry.rows, rows, entry.sum, target.sum())


# --- files and names ------------------------------------------------------------------------------


def _restore_files(file: SchoolFile, progress: Callable[[str], None]) -> None:
    """Put the uploaded files into the new school's own directory, and compare them."""
    if file.manifest.files:
        progress(f"restoring {len(file.manifest.files):,} files")
    for name in file.manifest.files:
        with file.member(FILES + name) as member:
            stored = default_storage.save(name, File(member, name))
        if stored != name:
            raise BadFile(f"The file {name} cannot be stored under its name.")


@contextmanager
def _files_undone() -> Iterator[None]:
    """Begin with an empty directory of uploads, and leave an empty one after a failure."""
    if any(stored_files()):
        raise BadFile("There are uploaded files of an earlier school under this subdomain.")
    try:
        yield
    except BaseException:
        for name in [*stored_files()]:
            default_storage.delete(name)
        raise


def _name(tenant: Tenant, name: str | None, domain: str | None) -> str:
    """Give the school its host names, and another name of its own; return the main host name."""
    rows = Tenant.objects.using(OWNER).filter(pk=tenant.pk)
    if name:
        rows.update(name=name)
    tenant.refresh_from_db(using=OWNER)
    for host in filter(None, [schools.host_name(tenant.subdomain), domain]):
        entry = Domain(domain=host, tenant=tenant, is_primary=True)
        _check(entry.full_clean, ["tenant"])
        entry.save(using=OWNER)
    # django-tenants leaves one main name, but looks for the others as the application.
    names = Domain.objects.using(OWNER).filter(tenant=tenant)
    names.exclude(pk=entry.pk).update(is_primary=False)
    return entry.domain


# --- refusals -------------------------------------------------------------------------------------


def _check(validate: Callable[..., None], *values: object) -> None:
    try:
        validate(*values)
    except ValidationError as error:
        raise BadFile(" ".join(error.messages)) from error


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the database refuses into a sentence."""
    try:
        yield
    except (Error, psycopg.Error) as error:
        raise BadFile(f"The database refuses it: {one_line(error)}.") from error
