"""Every variable that .env.example explains counts when it stands in `.env`."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command, load_command_class

from core.database import accounts, binaries
from core.database.urls import database_url
from school.seeds import platform
from tests.school.installation import VARIABLES, installed, run, settings_of

URL = "postgresql://school_app:word@db.example.org:5433/school?sslmode=require"
OWNER_URL = "postgresql://school_owner:word@db.example.org/school"
ADMIN_URL = "postgresql://postgres:word@db.example.org/postgres"
NEEDED = {  # with another variable
    "DEBUG": {"SECRET_KEY": "secret"},
    "DATABASE_URL": {"DATABASE_OWNER_URL": OWNER_URL},
    "DATABASE_OWNER_URL": {"DATABASE_URL": URL},
}


def setting(name):
    return lambda: run("school/settings.py")[name]


def default_of(app, command, option):
    """Return a function: the value of a command's option that nobody gave."""
    return lambda: vars(load_command_class(app, command).create_parser("manage.py", command)
                        .parse_args([]))[option]  # fmt: skip


def database(alias):
    entry = run("school/settings.py")["DATABASES"][alias]
    return entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]


def mail():
    settings = run("school/settings.py")
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    return [settings[name] for name in names]


def programs():
    return binaries.bin_dir()


def account():
    return accounts.server_account("/nowhere", os.environ).name


def pool():
    return run("school/settings.py")["DATABASES"]["default"]["OPTIONS"]["pool"]["max_size"]


# variable -> (its value in the file, what shows that it counts, what that is)
CASES = {
    "DEBUG": ("off", setting("DEBUG"), False),
    "SECRET_KEY": ("a secret", setting("SECRET_KEY"), "a secret"),
    "SCHOOL_DATA_DIR": ("/srv/here", setting("MEDIA_ROOT"), Path("/srv/here/media")),
    "LOG_LEVEL": ("ERROR", lambda: run("school/settings.py")["LOGGING"]["root"]["level"], "ERROR"),
    "DATABASE_URL": (
        URL,
        lambda: database("default"),
        ("school_app", "word", "db.example.org", "5433", "school"),
    ),
    "DATABASE_OWNER_URL": (
        OWNER_URL,
        lambda: database("owner"),
        ("school_owner", "word", "db.example.org", "", "school"),
    ),
    "DATABASE_ADMIN_URL": (ADMIN_URL, lambda: database_url("admin", "/nowhere"), ADMIN_URL),
    "DATABASE_POOL_SIZE": ("5", pool, 5),
    "SCHOOL_POSTGRES_BIN": (str(binaries.bin_dir()), programs, binaries.bin_dir()),
    "SCHOOL_POSTGRES_USER": ("nobody", account, "nobody"),
    "PORT": ("8123", default_of("school", "quickstart", "port"), 8123),
    "WEB_CONCURRENCY": ("7", lambda: run("gunicorn.conf.py")["workers"], 7),
    "BASE_DOMAIN": ("school.example.org", setting("BASE_DOMAIN"), "school.example.org"),
    "ALLOWED_HOSTS": ("a.example,b.example", setting("ALLOWED_HOSTS"), ["a.example", "b.example"]),
    "CSRF_TRUSTED_ORIGINS": (
        "https://a.example,https://b.example",
        setting("CSRF_TRUSTED_ORIGINS"),
        ["https://a.example", "https://b.example"],
    ),
    "HTTPS": ("on", setting("SESSION_COOKIE_SECURE"), True),
    "SITE_PORT": ("8443", setting("SITE_PORT"), "8443"),
    "BEHIND_PROXY": (
        "on",
        setting("SECURE_PROXY_SSL_HEADER"),
        ("HTTP_X_FORWARDED_PROTO", "https"),
    ),
    "EMAIL_URL": (
        "smtp+tls://me:word@mail.example.org:587",
        mail,
        ["mail.example.org", 587, "me", "word", True],
    ),
    "PLATFORM_CONTACT": ("help@b.example", setting("PLATFORM_CONTACT"), "help@b.example"),
    "EMAIL_TIMEOUT": ("7", setting("EMAIL_TIMEOUT"), 7),
    "DEFAULT_FROM_EMAIL": ("me@example.org", setting("DEFAULT_FROM_EMAIL"), "me@example.org"),
    "EXPORT_BACKGROUND_ROWS": ("11", setting("EXPORT_BACKGROUND_ROWS"), 11),
    "IMPORT_BACKGROUND_ROWS": ("12", setting("IMPORT_BACKGROUND_ROWS"), 12),
    "IMPORT_MAX_MB": ("13", setting("IMPORT_MAX_BYTES"), 13 * 2**20),
    "IMPORT_MAX_ROWS": ("14", setting("IMPORT_MAX_ROWS"), 14),
    "UPLOAD_MAX_MB": ("15", setting("UPLOAD_MAX_BYTES"), 15 * 2**20),
    "WORKER_CONCURRENCY": ("16", default_of("core", "worker", "concurrency"), 16),
    "EXPORT_KEPT_DAYS": ("17", setting("EXPORT_KEPT_DAYS"), 17),
    "SEED_PASSWORD": ("word", lambda: seeded()[1], "word"),
    "SEED_OPERATOR_EMAIL": ("me@example.org", lambda: seeded()[0], "me@example.org"),
}


def seeded():
    """Return the e-mail address and the password of the operator that a seed would make."""
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platform, "build", lambda *person, checked: made.append(person))
        patch.setitem(os.environ, "SEED_OPERATOR_EMAIL",
                      os.environ.get("SEED_OPERATOR_EMAIL", "nobody@example.org"))  # fmt: skip
        call_command("seed", profile="prod", verbosity=0)
    return made[0]


def in_file(name):
    value, _, _ = CASES[name]
    return "".join(f"{n}={v}\n" for n, v in (NEEDED.get(name, {}) | {name: value}).items())


def test_every_variable_has_a_case():
    """A new one gets a line in CASES."""
    assert sorted(VARIABLES) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_variable_in_the_file_counts(tmp_path, monkeypatch, name):
    monkeypatch.setattr(os, "geteuid", lambda: 0)  # the embedded server's account is root's choice
    _, look, seen = CASES[name]
    with installed(tmp_path, in_file(name)):
        run("gunicorn.conf.py")  # loads the file, as whoever comes first does
        assert look() == seen


def test_the_environment_wins_over_the_file(tmp_path):
    settings = settings_of(tmp_path, "BASE_DOMAIN=file.example\n", BASE_DOMAIN="set.example")
    assert settings["BASE_DOMAIN"] == "set.example"


def test_the_settings_load_the_file_by_themselves(tmp_path):
    assert settings_of(tmp_path, "BASE_DOMAIN=file.example\n")["BASE_DOMAIN"] == "file.example"


def test_a_file_is_not_needed(tmp_path):
    with installed(tmp_path):
        (tmp_path / ".env").unlink()
        assert run("school/settings.py")["BASE_DOMAIN"] == "localhost"


def test_the_web_server_without_a_variable(tmp_path):
    with installed(tmp_path):
        gunicorn = run("gunicorn.conf.py")
    assert gunicorn["workers"] == 2
    assert gunicorn["control_socket_disable"] is True
