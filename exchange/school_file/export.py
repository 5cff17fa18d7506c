"""The whole school as a zip of CSV files, from which `manage.py import_school` rebuilds it.

Made under the rights of the school's own admin, without the owner of the tables: what the admin may
not see is not in it. Rows go from PostgreSQL's COPY into the zip in pieces, so that memory does not
grow with the school.
"""

import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from core import rls
from core.models import Tenant, User
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import register_builder
from exchange.exports.progress import Progress
from exchange.models import Export
from exchange.school_file import manifest, tables
from exchange.school_file.streams import Counted, copy_out, pieces_of

KIND = "school"  # of an export
TEMPLATE_ID = "school_v1"
FILES = "files/"
COMPRESSION = 3  # of 9: ids hardly shrink, and the higher levels take three times as long


class Everything:
    """All rows of the school, for the progress bar to have an end."""

    def count(self, limit: int | None = None) -> int:
        tenant_id = rls.current_tenant_id()
        with connection.cursor() as cursor:
            return sum(_count(cursor, table, tenant_id) for table in tables.school_tables())


def _count(cursor: Any, table: tables.Table, tenant_id: UUID | None) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(
        sql.Identifier(table.name), sql.Identifier(table.owner)
    )
    cursor.execute(query, [tenant_id])
    return cursor.fetchone()[0]


@register_builder(KIND, gettext_lazy("Whole school"))
def build(export: Export, path: Path, progress: Progress) -> int:
    """Write the file of the school of the current context; return the number of its rows.

    `progress(rows)` may raise to stop. Raises `ExportRefused` unless an admin of a school asks.
    """
    if rls.current().role != "admin" or rls.current_tenant().is_platform:
        raise ExportRefused(_("Only an admin of a school can take the whole school out."))
    progress.measure(Everything())
    return write(path, export.requested_by, progress)


def write(path: Path, by: User, progress: Callable[[int], None] = lambda rows: None) -> int:
    """Write the zip at `path` in the current context; return the number of rows in it."""
    tenant = rls.current_tenant()
    contents = manifest.Manifest(
        school={"name": tenant.name, "subdomain": tenant.subdomain},
        made_at=timezone.now().isoformat(timespec="seconds"),
        made_by={"name": by.name, "email": by.email},
        schema=manifest.schema_version(),
        left_out={name: str(reason) for name, reason in tables.reasons().items()},
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        rows = _write_tables(archive, contents, tenant, progress)
        _write_files(archive, contents)
        archive.writestr("README.txt", _readme(contents, rows))
        archive.writestr("manifest.json", contents.dump())
    return rows


def _write_tables(
    archive: zipfile.ZipFile,
    contents: manifest.Manifest,
    tenant: Tenant,
    progress: Callable[[int], None],
) -> int:
    """Write every table, all as of the same moment; return the number of rows."""
    done = 0
    with rls.snapshot() as cursor:
        use_text_forms(cursor)
        for table in tables.school_tables():
            with archive.open(table.member, "w", force_zip64=True) as member:
                target = Counted(member)
                rows = copy_out(
                    cursor,
                    table.read(tenant.pk),
                    target.write,
                    on_row=partial(_progress_after, done, progress),
                )
            contents.tables.append(manifest.TableEntry(table.name, table.names, rows, target.sum()))
            done += rows
            progress(done)
    return done


def _progress_after(done: int, progress: Callable[[int], None], rows: int) -> None:
    progress(done + rows)


def use_text_forms(cursor: Any) -> None:
    """Have this transaction write dates and times in the one form of the files."""
    rls.set_local(cursor, tables.SETTINGS)


def _write_files(archive: zipfile.ZipFile, contents: manifest.Manifest) -> None:
    """Copy the uploads; most are compressed already, so that they are put in as they are."""
    for name in sorted(stored_files()):
        with (
            default_storage.open(name) as source,
            archive.open(zipfile.ZipInfo(FILES + name), "w", force_zip64=True) as member,
        ):
            target = Counted(member)
            for piece in pieces_of(source):
                target.write(piece)
        contents.files[name] = target.sum()


def stored_files(directory: str = "") -> Iterator[str]:
    """Yield the names of the school's uploaded files, in no order."""
    try:
        directories, names = default_storage.listdir(directory)
    except FileNotFoundError:  # nobody has uploaded anything
        return
    yield from (directory + name for name in names)
    for name in directories:
        yield from stored_files(f"{directory}{name}/")


def _readme(contents: manifest.Manifest, rows: int) -> str:
    return render_to_string(
        "exchange/school_file/school.txt",
        {
            "contents": contents,
            "made": formats.date_format(timezone.localtime(), "DATETIME_FORMAT"),
            "zone": str(timezone.get_current_timezone()),
            "rows": rows,
            "bytes": sum(entry.sum.bytes for entry in contents.tables),
        },
    )
