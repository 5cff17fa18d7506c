"""One PostgreSQL server, one migrated database and one committed cast for each process.

Tests use the alias `default`, which is the application's own role: under row-level security, or
they would prove nothing. Each test runs in a transaction that is rolled back; the cast (two
schools and their people) is committed before the first test (tests/prepared.py).
"""

import os
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.signals import request_started
from django.db import connection, connections

from core.rls import NO_CONTEXT, tenant_context
from core.sessions import SessionStore
from tests import prepared
from tests.databases import connect_to
from tests.factories.pooler import pooler

TEST_DATABASE = prepared.CAST_DATABASE
AFTER_MIDNIGHT = datetime(2026, 3, 9, 11, 30, tzinfo=UTC)
TRACED_CASES = 36  # of each test with parameters; the longest walks have more


@pytest.fixture(scope="session")
def postgres():
    """Start a PostgreSQL of its own; SCHOOL_POSTGRES_BIN chooses another version's programs."""
    with prepared.server("cast") as server:
        yield server


@pytest.fixture(scope="session")
def seeded():
    """Start another one, whose database `test_seeded` has the example schools."""
    with prepared.server("seed") as server:
        yield server


@pytest.fixture(scope="session")
def django_db_setup(postgres, django_db_blocker):
    """Have Django use the database with the cast, behind PgBouncer where BEHIND_POOLER is 1."""
    from tests.factories.cast import load_cast

    with ExitStack() as stack:
        server = postgres
        if os.environ.get("BEHIND_POOLER") == "1":
            server = stack.enter_context(pooler(postgres, TEST_DATABASE, size=10))
        connect_to(server, TEST_DATABASE)
        with django_db_blocker.unblock():
            load_cast()  # read once for the process, in no test's transaction: it would lock tables
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
def after_midnight():
    """Stop Python's clock where school A's day is a day ahead of UTC's and of school B's.

    Monday 9 March 2026 at 11:30 UTC: Tuesday 00:30 at school A, Monday 04:30 at school B. The
    database's clock goes on. The value is a `time_machine.Traveller`, to move on by.
    """
    with time_machine.travel(AFTER_MIDNIGHT, tick=False) as clock:
        yield clock


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
def _requests_begin_as_nobody():
    """As a request finds its connection, whose last transaction has ended; ours goes on."""

    def leave(**kwargs):
        if not connection.in_atomic_block or connection.rls_context != NO_CONTEXT:
            return
        counted, connection.force_debug_cursor = connection.force_debug_cursor, False
        try:
            connection.cursor().close()  # tells the database of no context
        finally:
            connection.force_debug_cursor = counted

    request_started.connect(leave)
    yield
    request_started.disconnect(leave)


@pytest.fixture(scope="session", autouse=True)
def _media(tmp_path_factory):
    """What is uploaded outside a single test (by a school built for a module) stays out of var/."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _data_dir(tmp_path, settings):
    """Files that a test writes go away with it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EXPORT_ROOT = tmp_path / "exports"


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items):
    """Deal what takes long first, and do not trace what runs no line that others leave out.

    The last long file alone keeps every process but one waiting. Tracing takes as long as a page
    does: of the many cases of one test a few are traced, and none that others test closer by.
    """
    markers = {"browser", "process", "scale"}
    long = {item.path for item in items if any(map(item.get_closest_marker, markers))}
    items.sort(key=lambda item: (not item.get_closest_marker("apart"), item.path not in long))
    cases = Counter()
    for item in sorted(items, key=lambda item: item.nodeid):  # the same ones in each order
        name = item.nodeid.partition("[")[0]
        cases[name] += 1
        is_traced = cases[name] <= TRACED_CASES
        if not is_traced or any(map(item.get_closest_marker, ("browser", "scale"))):
            item.add_marker(pytest.mark.no_cover)
        is_apart = item.get_closest_marker("apart")
        item.add_marker(pytest.mark.xdist_group(item.name if is_apart else str(item.path)))


def pytest_configure(config):
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop, live server
