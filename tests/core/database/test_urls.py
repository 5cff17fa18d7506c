"""Which database is used, from the environment or the data directory alone."""

import os
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from core.database.accounts import Account, server_account
from core.database.errors import SetupError
from core.database.urls import (
    LONGEST_SOCKET_PATH,
    SOCKET_NAME,
    check_private,
    database_url,
    django_database,
    is_embedded,
    socket_directory,
)

REMOTE = {
    "DATABASE_URL": "postgresql://school_app:a@db.example/school",
    "DATABASE_OWNER_URL": "postgresql://school_owner:o@db.example/school",
}


@pytest.mark.parametrize(
    ("role", "user"), [("app", "school_app"), ("owner", "school_owner"), ("admin", "postgres")]
)
def test_url_without_environment_is_embedded(directory, role, user):
    parameters = conninfo_to_dict(database_url(role, directory, {}))
    assert parameters == {
        "user": user,
        "dbname": "school",
        "host": str(directory / "socket"),
        "port": "5432",
    }


def test_url_from_environment():
    assert database_url("app", Path("/data"), REMOTE) == REMOTE["DATABASE_URL"]
    assert database_url("owner", Path("/data"), REMOTE) == REMOTE["DATABASE_OWNER_URL"]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_url_half_of_environment_is_never_completed_by_embedded(missing):
    environ = {name: url for name, url in REMOTE.items() if name != missing}
    role = "app" if missing == "DATABASE_URL" else "owner"
    assert not is_embedded(environ)
    with pytest.raises(SetupError, match=rf"^{missing} is not set.*\.env\.example"):
        database_url(role, Path("/data"), environ)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:secret@h/db", 'must begin with "postgresql://"'),
        ("postgresql://u:secret@h", "names no database"),
        ("postgresql://h/db", "names no user"),
        ("postgresql://u:secret%zz@h/db", "is not a PostgreSQL URL"),
    ],
)
def test_url_malformed_is_refused_without_repeating_the_password(url, message):
    with pytest.raises(SetupError) as caught:
        database_url("app", Path("/data"), {"DATABASE_URL": url})
    assert message in str(caught.value)
    assert ".env.example" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_django_database_passes_parameters_on():
    url = "postgres://me:p%40ss@db.example:6432/roster?sslmode=require"
    assert django_database(url, {"pool": True}) == {
        "ENGINE": "core.database.backend",
        "NAME": "roster",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {
            "connect_timeout": 3,
            "tcp_user_timeout": 15_000,
            "keepalives_idle": 5,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "server_side_binding": False,  # the application's role alone
            "sslmode": "require",
            "pool": True,
        },
        "CONN_HEALTH_CHECKS": True,
    }


def test_the_url_says_how_long_to_wait_for_a_machine_that_is_gone():
    url = "postgres://me@db.example/roster?tcp_user_timeout=60000&keepalives_idle=60"
    options = django_database(url)["OPTIONS"]
    assert (options["tcp_user_timeout"], options["keepalives_idle"]) == ("60000", "60")


def test_socket_directory_of_two_directories_differs(directory):
    assert socket_directory(directory / "a", {}) != socket_directory(directory / "b", {})


def test_socket_directory_follows_links_to_the_same_directory(directory):
    (directory / "real").mkdir()
    (directory / "link").symlink_to(directory / "real")
    assert socket_directory(directory / "link", {}) == socket_directory(directory / "real", {})


def test_socket_directory_of_long_path_is_short(directory):
    long = directory / ("long-" * 20)
    path = socket_directory(long, {})
    assert path != long / "socket"
    assert path == socket_directory(long, {})
    assert len(os.fsencode(path / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def test_socket_directory_that_somebody_else_may_enter_is_refused(directory):
    account = server_account(directory, {})
    directory.chmod(0o711)
    with pytest.raises(SetupError, match="Remove it and start again"):
        check_private(directory, account)


def test_socket_directory_of_somebody_else_is_refused(directory):
    directory.chmod(0o700)
    check_private(directory, Account("me", os.geteuid(), os.getegid()))
    with pytest.raises(SetupError, match="only the account other may enter"):
        check_private(directory, Account("other", os.geteuid() + 1, os.getegid()))


def test_socket_directory_that_is_a_link_is_refused(directory):
    (directory / "target").mkdir(mode=0o700)
    (directory / "link").symlink_to(directory / "target")
    with pytest.raises(SetupError, match="Remove it"):
        check_private(directory / "link", Account("me", os.geteuid(), os.getegid()))
