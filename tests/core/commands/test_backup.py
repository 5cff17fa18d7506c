"""`manage.py backup` and `restore`; tests/core/database/test_archive.py looks into the files."""

import psycopg
import pytest
from django.core.management import CommandError, call_command

from core.database import roles
from tests.conftest import TEST_DATABASE

pytestmark = pytest.mark.process


@pytest.fixture
def use(postgres, monkeypatch):
    """Return a function that makes a database of the test server the configured one."""

    def call(database):
        monkeypatch.setenv("DATABASE_URL", postgres.url("app", database))
        monkeypatch.setenv("DATABASE_OWNER_URL", postgres.url("owner", database))

    return call


@pytest.fixture
def empty(postgres):
    roles.prepare(postgres.url("admin"), "restored")
    yield "restored"
    with psycopg.connect(postgres.url("admin", "postgres"), autocommit=True) as admin:
        admin.execute("DROP DATABASE restored WITH (FORCE)")


@pytest.mark.usefixtures("django_db_setup")
def test_backup_and_restore(postgres, use, empty, tmp_path, capsys):
    file = tmp_path / "school.dump"
    use(TEST_DATABASE)
    call_command("backup", str(file))
    assert f"{file}: " in capsys.readouterr().out
    use(empty)
    call_command("restore", str(file))
    assert capsys.readouterr().out.startswith("Restored ")
    with pytest.raises(CommandError, match="The database restored is not empty"):
        call_command("restore", str(file))
    call_command("restore", str(file), "--force")
    counts = []
    for database in (TEST_DATABASE, empty):
        with psycopg.connect(postgres.url("owner", database)) as connection:
            counts.append(connection.execute("SELECT count(*) FROM users").fetchone()[0])
    assert counts[0] == counts[1] > 0


def test_backup_while_the_database_is_down(monkeypatch, settings, directory, tmp_path):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    settings.SCHOOL_DATA_DIR = directory
    with pytest.raises(CommandError, match=r"^Cannot reach the database: .*database start"):
        call_command("backup", str(tmp_path / "school.dump"))
