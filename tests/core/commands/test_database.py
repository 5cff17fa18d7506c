"""`manage.py database` and `init_database`."""

import psycopg
import pytest
from django.core.management import CommandError, call_command

from core.database import roles
from core.database.server import EmbeddedServer
from tests.conftest import TEST_DATABASE

pytestmark = pytest.mark.process

REMOTE = {
    "DATABASE_URL": "postgresql://school_app:a@127.0.0.1:1/school",
    "DATABASE_OWNER_URL": "postgresql://school_owner:o@127.0.0.1:1/school",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for variable in (*REMOTE, "DATABASE_ADMIN_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def remote(monkeypatch):
    for variable, url in REMOTE.items():
        monkeypatch.setenv(variable, url)


@pytest.fixture
def data_dir(directory, settings):
    settings.SCHOOL_DATA_DIR = directory
    return directory


@pytest.mark.parametrize(
    ("role", "user"), [("app", "school_app"), ("owner", "school_owner"), ("admin", "postgres")]
)
def test_url_prints_the_url_and_nothing_else(data_dir, capfd, role, user):
    call_command("database", "url", "--role", role)
    socket = str(data_dir / "socket").replace("/", "%2F")
    expected = f"postgresql://{user}@/school?host={socket}&port=5432\n"
    assert tuple(capfd.readouterr()) == (expected, "")


def test_url_of_the_environment(remote, capfd):
    call_command("database", "url", "--role", "owner")
    assert capfd.readouterr().out == REMOTE["DATABASE_OWNER_URL"] + "\n"


def test_url_of_an_administrator_that_nobody_named(remote):
    with pytest.raises(CommandError, match="DATABASE_ADMIN_URL is not set"):
        call_command("database", "url", "--role", "admin")


@pytest.mark.usefixtures("made_once")
def test_start_status_stop(data_dir, capfd):
    with pytest.raises(CommandError, match="is not running") as caught:
        call_command("database", "status")
    assert caught.value.returncode == 3
    call_command("database", "start")
    call_command("database", "start")
    call_command("database", "status")
    assert EmbeddedServer(data_dir).is_running()
    call_command("database", "stop")
    call_command("database", "stop")
    assert not EmbeddedServer(data_dir).is_running()
    assert capfd.readouterr().out.splitlines() == [
        "Started.",
        "It was running already.",
        f"The embedded server of {data_dir} is running.",
        "Stopped.",
        "It was not running.",
    ]


@pytest.mark.parametrize("action", ["start", "stop"])
def test_another_server_is_not_touched(remote, data_dir, action):
    with pytest.raises(CommandError, match="DATABASE_URL names another server"):
        call_command("database", action)
    assert list(data_dir.iterdir()) == []


def test_status_of_another_server(remote):
    with pytest.raises(CommandError, match="named by DATABASE_URL is not running") as caught:
        call_command("database", "status")
    assert caught.value.returncode == 3


def test_status_of_another_server_that_runs(postgres, django_db_setup, monkeypatch, capfd):
    monkeypatch.setenv("DATABASE_URL", postgres.url("app", TEST_DATABASE))
    call_command("database", "status")
    assert capfd.readouterr().out == "The server named by DATABASE_URL is running.\n"


def test_start_in_a_file_is_one_sentence(data_dir, settings):
    settings.SCHOOL_DATA_DIR = data_dir / "file"
    settings.SCHOOL_DATA_DIR.touch()
    with pytest.raises(CommandError, match=r"is not a directory\. Choose another"):
        call_command("database", "start")


@pytest.mark.database
def test_init_database_prepares_what_the_urls_name(server, monkeypatch, capfd):
    admin = server.url("admin", "postgres")
    _set_urls(monkeypatch, server, "initialised")
    call_command("init_database", "--admin-url", admin)
    call_command("init_database", "--admin-url", admin)
    assert (
        capfd.readouterr().out.splitlines()
        == ["The database initialised and its roles are ready. Next: manage.py migrate"] * 2
    )
    with psycopg.connect(server.url("owner", "initialised")) as connection:
        connection.execute("CREATE TABLE rows (id int)")
    with psycopg.connect(admin, autocommit=True) as connection:
        stored = connection.execute(
            "SELECT count(rolpassword) FROM pg_authid WHERE rolname LIKE 'school%'"
        )
        assert stored.fetchone() == (2,)
        connection.execute("DROP DATABASE initialised WITH (FORCE)")
        connection.execute("ALTER ROLE school_app PASSWORD NULL")
        connection.execute("ALTER ROLE school_owner PASSWORD NULL")


@pytest.mark.parametrize(
    ("app", "owner", "message"),
    [
        ("school_app:a@h/one", "school_owner:o@h/two", "name different databases"),
        ("someone:a@h/one", "school_owner:o@h/one", "must name the user school_app, not someone"),
        ("school_app:a@h/one", "postgres:o@h/one", "must name the user school_owner, not postgres"),
    ],
)
def test_init_database_with_urls_that_do_not_fit(monkeypatch, app, owner, message):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{app}")
    monkeypatch.setenv("DATABASE_OWNER_URL", f"postgresql://{owner}")
    with pytest.raises(CommandError, match=message):
        call_command("init_database", "--admin-url", "postgresql://postgres@h/postgres")


def _set_urls(monkeypatch, server, database):
    for variable, role in (("DATABASE_URL", "app"), ("DATABASE_OWNER_URL", "owner")):
        url = server.url(role, database).replace(f"{roles.APP}@", f"{roles.APP}:a@")
        monkeypatch.setenv(variable, url.replace(f"{roles.OWNER}@", f"{roles.OWNER}:o@"))
