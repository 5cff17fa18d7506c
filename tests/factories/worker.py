"""`manage.py worker` as its own process, on the test database."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.db import connection


@pytest.fixture
def worker(postgres, tmp_path):
    """Return a function that starts a worker on the database of the test; all are ended."""
    database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": postgres.url("app", database),
        "DATABASE_OWNER_URL": postgres.url("owner", database),
        "SCHOOL_DATA_DIR": str(tmp_path),
        "SECRET_KEY": "tests-only",
        "DEBUG": "off",
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    started = []

    def start(*options, **variables):
        command = [sys.executable, "manage.py", "worker", "-v", "0", *options]
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment | variables, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    with psycopg.connect(postgres.url("admin", database)) as admin:  # what it did by itself
        admin.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")
