"""One PostgreSQL server, one migrated database and one committed cast for the whole run.

Tests use the alias `default`, which is the application's own role: under row-level security, or
they would prove nothing. Each test runs in a transaction that is rolled back; the cast (two
schools and their people) is committed once before the first test.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import connections

from core.database import roles
from core.database.server import EmbeddedServer
from core.database.urls import django_database
from core.rls import tenant_context
from core.sessions import SessionStore
from tests.factories.cast import make_cast

TEST_DATABASE = "test_school"


@pytest.fixture(scope="session")
def postgres():
    """Start a PostgreSQL of its own; SCHOOL_POSTGRES_BIN chooses another version's programs."""
    directory = Path(tempfile.mkdtemp(prefix="school-test-"))
    directory.chmod(0o711)  # as root, the server's own account must get in
    server = EmbeddedServer(directory, settings={"fsync": "off"})
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(postgres, django_db_blocker):
    """Make the database as the administrator, migrate as the owner, commit the cast."""
    roles.prepare(postgres.url("admin", TEST_DATABASE), TEST_DATABASE)
    for alias, role in (("default", "app"), ("owner", "owner")):
        entry = django_database(postgres.url(role, TEST_DATABASE))
        connections[alias].settings_dict.update(entry)
        settings.DATABASES[alias].update(entry)
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        make_cast()
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """The database's name is ours (pytest-django would prefix it again)."""


@pytest.fixture
def cast(db):
    """Return the committed people, schools and rows (tests.factories.cast.Cast)."""
    from tests.factories.cast import load_cast

    return load_cast()


@pytest.fixture
def sign_in():
    """Return a function that signs a person of a `School` in at its host, without a password."""

    def go(client, school, user):
        with tenant_context(school.tenant, user):
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        client.defaults["HTTP_HOST"] = school.host
        return client

    return go


@pytest.fixture(scope="session", autouse=True)
def _media(tmp_path_factory):
    """What is uploaded outside a single test (by a school built for a module) stays out of var/."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _data_dir(tmp_path, settings):
    """Files that a test writes go away with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EXPORT_ROOT = tmp_path / "exports"


@pytest.fixture(autouse=True)
def _fresh_hosts(settings):
    """No test sees another's schools by their host names; none asks again because it is slow."""
    from core import hosts

    hosts.forget()
    settings.TENANT_CACHE_SECONDS = 600


def pytest_configure(config):
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop, live server
