"""Backup and restore of the whole database with pg_dump, pg_restore and psql.

Both run as the owner, who sees every school's rows. Neither takes PostgreSQL's word for it: what
the archive holds is read back and compared, table by table, with what the database holds, so that
row-level security or a broken disk cannot leave an archive with rows missing unnoticed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.database import binaries
from core.database.errors import SetupError, one_line

# A restore waits so long for requests that still use the tables it replaces.
BEFORE_RESTORE = """
BEGIN;
SET LOCAL lock_timeout = '30s';
SET LOCAL client_min_messages = warning;
DROP OWNED BY CURRENT_USER;
"""

Row = tuple[Any, ...]  # that a query always has

TABLES = """
    SELECT n.nspname, c.relname
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname NOT LIKE 'pg\\_%'
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass
                          AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1, 2
"""


def backup(url: str, file: Path | str) -> dict[str, int]:
    """Write the database at `url` (the owner's) to `file`; return {table: rows} of what it holds.

    `file` appears, readable for its owner only, when it is complete and has been read back.
    """
    file = Path(file)
    if not file.parent.is_dir():
        raise SetupError(f"There is no directory {file.parent}.")
    with _clear_errors(), _connect(url) as connection, _unfinished(file) as unfinished:
        programs = _programs(connection)
        snapshot, expected = _snapshot(connection)
        _dump(url, programs, snapshot, unfinished)
        _require_same(expected, rows_in(unfinished, programs), "The backup")
        unfinished.replace(file)
    return expected


def restore(url: str, file: Path | str, force: bool = False) -> dict[str, int]:
    """Put the archive `file` into the database at `url` (the owner's); return {table: rows}.

    One transaction: after any failure the database is as it was. Raises SetupError when it is not
    empty, unless `force` allows to drop everything that the owner has in it.
    """
    file = Path(file)
    if not file.is_file():
        raise SetupError(f"There is no file {file}.")
    with _clear_errors(), _connect(url) as connection:
        # The newest there are: an archive is read by its own version's programs or newer ones.
        programs = _programs(connection, choose=max)
        expected = rows_in(file, programs)
        if not force and connection.execute(TABLES).fetchall():
            raise SetupError(
                f"The database {connection.info.dbname} is not empty. Restore into an empty one, "
                "or use --force to replace everything in it."
            )
        connection.close()
        _load(url, file, programs)
    with _clear_errors(), _connect(url) as connection:
        _require_same(expected, _count_rows(connection), "The restored database")
    return expected


def rows_in(file: Path, programs: Path) -> dict[str, int]:
    """Return {"schema.table": rows} of the archive `file`, by reading all of it."""
    command: list[str | Path] = [programs / "pg_restore", "--data-only", "--file=-", file]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        rows = _count_copied(cast("IO[bytes]", process.stdout))
        if process.wait():
            raise SetupError(f"{file} cannot be read: {_first_words(errors)}")
    return rows


def _count_copied(script: Iterable[bytes]) -> dict[str, int]:
    """Return {"schema.table": rows} of the COPY statements in `script`, lines of bytes."""
    rows, table = {}, None
    for line in script:
        if table is None:
            started = re.match(rb"COPY (.+?) +(?:\(.*\) )?FROM stdin;", line)
            if started:
                table = started[1].decode().replace('"', "")
                rows[table] = 0
        elif line == b"\\.\n":
            table = None
        else:
            rows[table] += 1
    return rows


# --- the parts ------------------------------------------------------------------------------------


def _load(url: str, file: Path, programs: Path) -> None:
    """Run the archive's SQL in one transaction, after dropping what the owner has there."""
    conninfo, environment = _connection_of(url)
    read: list[str | Path] = [programs / "pg_restore", "--no-owner", "--file=-", file]
    load: list[str | Path] = [
        *(programs / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
        *("--output=/dev/null", "--file=-", f"--dbname={conninfo}"),
    ]
    with tempfile.TemporaryFile() as read_errors, tempfile.TemporaryFile() as load_errors:
        loader = subprocess.Popen(load, stdin=subprocess.PIPE, stderr=load_errors, env=environment)
        reader = subprocess.Popen(read, stdout=subprocess.PIPE, stderr=read_errors)
        into, out = cast("IO[bytes]", loader.stdin), cast("IO[bytes]", reader.stdout)
        try:
            into.write(BEFORE_RESTORE.encode())
            _copy_script(out, into)
            # Without COMMIT, which an archive that breaks off never gets to, nothing has happened.
            if reader.wait() == 0:
                into.write(b"COMMIT;\n")
            into.close()
        except BrokenPipeError:
            reader.kill()  # psql has given up, and says why
        loader.wait()
        out.close()
        reader.wait()
        if loader.returncode:
            raise SetupError(f"Nothing was restored: {_first_words(load_errors)}")
        if reader.returncode:
            raise SetupError(f"Nothing was restored: {_first_words(read_errors)}")


def _copy_script(script: IO[bytes], target: IO[bytes]) -> None:
    """Copy pg_restore's SQL without the one setting that servers before 17 do not know."""
    for line in script:
        if not line.startswith(b"SET transaction_timeout"):
            target.write(line)
        if line.startswith(b"SET row_security"):
            break  # the end of the settings; what follows is as large as the database
    shutil.copyfileobj(script, target, 1 << 20)


def _snapshot(connection: Connection) -> tuple[str, dict[str, int]]:
    """Open a snapshot that pg_dump can share; return its name and {table: rows} in it."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    name = cast(Row, connection.execute("SELECT pg_export_snapshot()").fetchone())[0]
    return name, _count_rows(connection)


def _count_rows(connection: Connection) -> dict[str, int]:
    # With row_security off a query that a policy would narrow is an error instead.
    connection.execute("SET LOCAL row_security = off")
    counts = {}
    for schema, table in connection.execute(TABLES).fetchall():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        counts[f"{schema}.{table}"] = cast(Row, connection.execute(query).fetchone())[0]
    return counts


def _require_same(expected: Mapping[str, int], actual: Mapping[str, int], what: str) -> None:
    if expected == actual:
        return
    different = sorted(
        f"{table}: {actual.get(table, 'no')} rows instead of {expected.get(table, 'no')}"
        for table in expected.keys() | actual.keys()
        if actual.get(table) != expected.get(table)
    )
    raise SetupError(f"{what} differs from what it should hold: {', '.join(different)}.")


def _programs(connection: Connection, choose: Callable[[list[int]], int] = min) -> Path:
    """Return the directory of client programs that suits the server: its version, else newer.

    `choose` takes one of the versions that suit: `min` the closest, `max` the newest.
    """
    server = connection.info.server_version // 10000
    by_version: dict[int, Path] = {}
    for directory in _candidates(server):
        by_version.setdefault(binaries.major_version(directory, "pg_dump"), directory)
    suitable = [version for version in by_version if version >= server]
    if not suitable:
        raise SetupError(
            f"No pg_dump of PostgreSQL {server} or newer was found. Install that version's client, "
            "or set SCHOOL_POSTGRES_BIN to the directory of its programs."
        )
    return by_version[choose(suitable)]


def _candidates(server: int) -> list[Path]:
    on_path = shutil.which("pg_dump")
    directories = [
        os.environ.get("SCHOOL_POSTGRES_BIN"),
        binaries.wheel_bin_dir(),
        f"/usr/lib/postgresql/{server}/bin",  # Debian's and Ubuntu's, not on the PATH
        Path(on_path).parent if on_path else None,
    ]
    return [
        Path(directory)
        for directory in directories
        if directory
        and all(
            os.path.exists(os.path.join(directory, program))
            for program in ("pg_dump", "pg_restore", "psql")
        )
    ]


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    try:
        connection = psycopg.connect(url)
    except psycopg.OperationalError as error:
        raise SetupError(
            f"Cannot reach the database: {one_line(error)}. (The embedded one is started by "
            "`manage.py database start`.)"
        ) from error
    with connection:
        yield connection


def _connection_of(url: str) -> tuple[str, dict[str, str]]:
    """Return what points libpq's programs to `url`: a conninfo string and the environment.

    The password goes into the environment, since everybody on the machine can see arguments.
    """
    parameters: dict[str, Any] = conninfo_to_dict(url)
    password = parameters.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    return make_conninfo(**parameters), environment


def _dump(url: str, programs: Path, snapshot: str, file: Path) -> None:
    conninfo, environment = _connection_of(url)
    command: list[str | Path] = [
        *(programs / "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}"),
        # Who may call the server's own functions is init_database's to say, and no owner's.
        "--exclude-schema=pg_catalog",
        *(f"--file={file}", f"--dbname={conninfo}"),
    ]
    with tempfile.TemporaryFile() as errors:
        if subprocess.run(command, env=environment, stderr=errors).returncode:
            raise SetupError(f"The database cannot be dumped: {_first_words(errors)}")


def _first_words(errors: IO[bytes]) -> str:
    """Return the first line a program wrote to `errors`: later ones only follow from it."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in lines if line.strip()), "no reason given")


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """Yield a private file beside `file`, to be moved to its place; remove it otherwise."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise SetupError(f"The database refused: {one_line(error)}.") from error
    except OSError as error:
        raise SetupError(f"{error.filename}: {error.strerror}.") from error
