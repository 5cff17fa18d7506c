"""Backup and restore of the whole database, compared table by table."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.database import archive, binaries, roles
from core.database.errors import SetupError
from tests.conftest import TEST_DATABASE

pytestmark = [pytest.mark.process, pytest.mark.database]

# What the database enforces, as PostgreSQL itself prints it.
RULES = [
    "SELECT polrelid::regclass::text, polname, polcmd,"
    " array(SELECT r::regrole::text FROM unnest(polroles) r ORDER BY 1),"
    " pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
    " FROM pg_policy ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)"
    " FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint ORDER BY 1, 2",
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
    " WHERE indrelid::regclass::text !~ '^pg_' ORDER BY 1",
    "SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), proacl::text"
    " FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace"
    " WHERE n.nspname IN ('app', 'auth') ORDER BY 1",
    "SELECT oid::regclass::text, relkind::text, relrowsecurity, relowner::regrole::text,"
    # No entry says the same as the default's.
    " (SELECT array_agg(item::text ORDER BY item::text)"
    "    FROM unnest(coalesce(relacl, acldefault("
    "        CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, relowner))) item)"
    " FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'app', 'auth')"
    " AND relkind IN ('r', 'v', 'S') ORDER BY 1",
    "SELECT extname, extowner::regrole::text FROM pg_extension ORDER BY 1",
    "SELECT defaclrole::regrole::text, defaclobjtype::text, defaclacl::text"
    " FROM pg_default_acl ORDER BY 1, 2",
]


@pytest.fixture(scope="module")
def school(django_db_setup, postgres):
    """The owner's URL of the migrated database with the committed cast."""
    return postgres.url("owner", TEST_DATABASE)


@pytest.fixture
def empty(postgres):
    """The owner's URL of a prepared database without any table."""
    name = "restored"
    roles.prepare(postgres.url("admin"), name)
    yield postgres.url("owner", name)
    with psycopg.connect(postgres.url("admin", "postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def made_file(school, tmp_path_factory):
    path = tmp_path_factory.mktemp("backup") / "school.dump"
    archive.backup(school, path)
    return path


@pytest.fixture
def file(made_file, tmp_path):
    """A backup of the school, in a directory of its own."""
    return Path(shutil.copy(made_file, tmp_path))


def contents(url):
    """Return {table: (rows, checksum of all rows)} as the owner sees them."""
    tables = {}
    with psycopg.connect(url) as connection:
        for schema, table in connection.execute(archive.TABLES).fetchall():
            query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1")
            rows = connection.execute(query.format(sql.Identifier(schema, table))).fetchall()
            digest = hashlib.sha256("\n".join(row for (row,) in rows).encode())
            tables[f"{schema}.{table}"] = (len(rows), digest.hexdigest())
    return tables


PRINTED_OTHERWISE = re.compile(
    r'( AS "?(text|uuid|varchar|numeric|date|int4|bool)"?(?=,|\\n))'
    r"|::(character varying|text)(\[\])?|[() ]"
)


def rules(url):
    """Return what the database enforces, without the casts that PostgreSQL puts elsewhere.

    It prints `x = ANY ((ARRAY['a'::varchar])::text[])` for what it reads back as
    `x = ANY (ARRAY[('a'::varchar)::text])`; and a constant `'a'::text` without a name gets one,
    `'a'::text AS text`.
    """
    with psycopg.connect(url) as connection:
        rows = [str(row) for query in RULES for row in connection.execute(query).fetchall()]
    return {PRINTED_OTHERWISE.sub("", row) for row in rows}


def test_restored_database_has_every_row_and_every_rule(school, empty, tmp_path):
    before = contents(school)
    assert before["public.users"][0] > 5
    assert before["public.payments"][0] > 1
    file = tmp_path / "school.dump"
    counts = {table: rows for table, (rows, _) in before.items()}
    assert archive.backup(school, file) == counts
    assert archive.restore(empty, file) == counts
    assert contents(empty) == before
    assert rules(empty) == rules(school)


def test_restored_database_keeps_the_schools_apart(postgres, file, empty):
    archive.restore(empty, file)
    with psycopg.connect(empty) as connection:
        tenant = connection.execute("SELECT min(tenant_id::text) FROM users").fetchone()[0]
    with psycopg.connect(postgres.url("app", "restored")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
        connection.execute(f"SET LOCAL app.tenant_id = '{tenant}'")
        connection.execute("SET LOCAL app.user_role = 'admin'")
        seen = connection.execute("SELECT DISTINCT tenant_id::text FROM users").fetchall()
        assert seen == [(tenant,)]


def test_backup_is_private_and_leaves_nothing_else(made_file):
    assert made_file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(made_file.parent) == [made_file.name]


def test_backup_as_a_role_under_row_level_security_is_refused(postgres, school, tmp_path):
    with pytest.raises(SetupError, match="would be affected by row-level security"):
        archive.backup(postgres.url("app", TEST_DATABASE), tmp_path / "school.dump")
    assert os.listdir(tmp_path) == []


def test_backup_into_a_missing_directory_is_refused(school, tmp_path):
    with pytest.raises(SetupError, match=r"^There is no directory"):
        archive.backup(school, tmp_path / "missing" / "school.dump")


def test_backup_that_misses_rows_is_refused_and_keeps_the_former_one(school, file, monkeypatch):
    former = file.read_bytes()
    count = archive._count_copied

    def lose_a_row(script):
        return {table: max(rows - 1, 0) for table, rows in count(script).items()}

    monkeypatch.setattr(archive, "_count_copied", lose_a_row)
    with pytest.raises(SetupError, match=r"The backup differs.*public\.users: \d+ rows instead"):
        archive.backup(school, file)
    assert file.read_bytes() == former
    assert os.listdir(file.parent) == [file.name]


def test_restore_into_a_database_with_tables_is_refused(school, file):
    before = contents(school)
    with pytest.raises(SetupError, match=f"{TEST_DATABASE} is not empty.*--force"):
        archive.restore(school, file)
    assert contents(school) == before


def test_restore_with_force_replaces_everything(school, file, empty):
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (leftover int)")
        connection.execute("CREATE TABLE leftover AS SELECT 1")
        connection.execute("CREATE SCHEMA leftovers")
    archive.restore(empty, file, force=True)
    assert contents(empty) == contents(school)
    assert rules(empty) == rules(school)
    archive.restore(empty, file, force=True)
    assert contents(empty) == contents(school)


def test_restore_that_fails_changes_nothing(school, file, empty, monkeypatch):
    archive.restore(empty, file)
    # Fails at the last statement, after everything was dropped and filled again.
    copy = archive._copy_script

    def copy_and_fail(script, target):
        copy(script, target)
        target.write(b"SELECT 1 / 0;\n")

    monkeypatch.setattr(archive, "_copy_script", copy_and_fail)
    with pytest.raises(SetupError, match=r"^Nothing was restored: .*division by zero"):
        archive.restore(empty, file, force=True)
    assert contents(empty) == contents(school)


def test_a_restore_that_differs_from_the_backup_is_reported(file, empty, monkeypatch):
    copy = archive._copy_script

    def copy_and_lose(script, target):
        copy(script, target)
        target.write(b"DELETE FROM public.audit_logs;\n")

    monkeypatch.setattr(archive, "_copy_script", copy_and_lose)
    message = r"^The restored database differs.*public\.audit_logs: 0 rows instead of \d+\.$"
    with pytest.raises(SetupError, match=message):
        archive.restore(empty, file)


@pytest.mark.parametrize("kept", [0, 0.5, 0.99], ids=["empty", "half", "almost all"])
def test_restore_of_a_damaged_file_is_refused(file, empty, kept):
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(SetupError, match=f"^{file} cannot be read: "):
        archive.restore(empty, file)
    assert contents(empty) == {}


def test_restore_of_a_missing_file_is_refused(empty, tmp_path):
    with pytest.raises(SetupError, match=r"^There is no file"):
        archive.restore(empty, tmp_path / "missing.dump")


def test_wheels_client_serves_older_servers_too(school, empty, tmp_path, monkeypatch):
    """Run against PostgreSQL 15 this is a newer client, which sends a setting 15 does not know."""
    monkeypatch.setattr(archive, "_candidates", lambda server: [binaries.wheel_bin_dir()])
    archive.backup(school, tmp_path / "school.dump")
    archive.restore(empty, tmp_path / "school.dump")
    assert contents(empty) == contents(school)


def test_no_client_program_of_the_servers_version(school, monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "_candidates", lambda server: [])
    with pytest.raises(SetupError, match=r"^No pg_dump of PostgreSQL \d+ or newer was found"):
        archive.backup(school, tmp_path / "school.dump")


def test_a_restore_takes_the_newest_client(school, monkeypatch):
    """An archive of a newer server than this one cannot be read by this one's own client."""
    monkeypatch.setattr(archive, "_candidates", lambda server: ["own", "newer"])
    with psycopg.connect(school) as connection:
        own = connection.info.server_version // 10000
        versions = {"own": own, "newer": own + 1}
        monkeypatch.setattr(archive.binaries, "major_version", lambda path, _: versions[path])
        assert archive._programs(connection) == "own"
        assert archive._programs(connection, choose=max) == "newer"
