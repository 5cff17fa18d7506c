"""`manage.py`: the commands it has, and what it says when one cannot work."""

import os
import subprocess
import sys
import threading

import psycopg
import pytest
from django.conf import settings
from django.core.management import get_commands

from core.management.commands.migrate import LOCK
from school.management.utility import REFUSED
from tests.conftest import TEST_DATABASE

pytestmark = pytest.mark.process


def environment(**variables):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
    return inherited | {"DJANGO_SETTINGS_MODULE": "school.settings"} | variables


def manage(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR, env=environment(**variables), capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [["check_isolation"], ["showmigrations"]])
def test_no_database_is_a_sentence(tmp_path, arguments):
    done = manage(*arguments, SCHOOL_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot reach the database: ")
    assert "Traceback" not in done.stderr
    assert "manage.py database start" in done.stderr


def test_commands_that_would_crash_or_destroy_are_not_listed():
    listed = set(manage("help", "--commands").stdout.split())
    assert listed & set(REFUSED) == set()
    assert {"backup", "migrate", "seed", "worker", "export_report"} - listed == set()
    libraries = {"django_tenants", "import_export"}
    assert {name for name, app in get_commands().items() if app in libraries} - set(
        REFUSED
    ) == set()


@pytest.mark.parametrize("name", ["flush", "export", "create_tenant"])
def test_such_a_command_is_refused_in_one_sentence(name):
    done = manage(name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name} is not for this application. {REFUSED[name]}\n"


def test_the_second_of_two_migrations_waits_for_the_first(postgres):
    urls = {
        "DATABASE_URL": postgres.url("app", TEST_DATABASE),
        "DATABASE_OWNER_URL": postgres.url("owner", TEST_DATABASE),
    }
    with psycopg.connect(postgres.url("owner", TEST_DATABASE), autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        second = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "-v", "0"],
            cwd=settings.BASE_DIR, env=environment(**urls), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert second.stderr.readline() == "Another migrate is running; waiting for its end ...\n"
        ended = threading.Event()
        threading.Thread(target=lambda: (second.wait(), ended.set()), daemon=True).start()
        assert not ended.wait(0.5)
        first.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        assert second.communicate()[1] == ""
    assert second.returncode == 0
