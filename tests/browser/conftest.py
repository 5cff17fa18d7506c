"""A real browser, a real server, and a school of its own that is gone afterwards.

pytest-django's live_server empties tables with TRUNCATE, which the application's role may not; so
the school is committed, and removed row by row by the administrator.
"""

import os
import shutil
from dataclasses import dataclass

import psycopg
import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.test.testcases import LiveServerThread
from playwright.sync_api import expect, sync_playwright

from core import hosts
from core.rls import tenant_context
from core.services import mail, schools
from tests.factories.cast import PASSWORD, School, make_school
from tests.factories.committed import DATABASE, TABLES

PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
SUBDOMAIN = "browser"
MADE_BY_TESTS = [SUBDOMAIN, "west"]
TIMEOUT = 10_000  # milliseconds

expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def chromium():
    """Start the system's Chromium; without one the journeys are skipped, or fail where required."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        reason = f"BROWSER TESTS NOT RUN: none of {', '.join(PROGRAMS)} is installed."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        # As root, Chromium's own sandbox refuses to start.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Site:
    """The served application, and a `School` in it."""

    school: School
    port: int

    def url(self, path="/", subdomain=SUBDOMAIN):
        return f"http://{subdomain}.localhost:{self.port}{path}"


@pytest.fixture(scope="session")
def site(postgres, django_db_setup, django_db_blocker):
    """Serve the application over the test database, with a committed school."""
    with django_db_blocker.unblock():
        _remove_schools(postgres)
        school = _committed_school()
        server = LiveServerThread("127.0.0.1", static_handler=StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        yield Site(school, server.port)
        server.terminate()
        mail.wait_until_sent()
        _remove_schools(postgres)
        hosts.forget()


def _committed_school():
    platform = hosts.load("platform.localhost")
    with tenant_context(platform, role="admin"):
        tenant = schools.create(
            name="Browser School",
            subdomain=SUBDOMAIN,
            contact_email="office@browser.example",
            admin_name="First Admin",
            admin_email="first@browser.example",
            password=PASSWORD,
        )
    with tenant_context(tenant, role="admin"):
        return make_school(tenant)


def _remove_schools(postgres):
    """Remove what the journeys made, also after a run that was killed."""
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute("SET session_replication_role = replica")
        ids = "SELECT id FROM tenants WHERE subdomain = ANY(%s)"
        for table in TABLES:
            admin.execute(f"DELETE FROM {table} WHERE tenant_id IN ({ids})", [MADE_BY_TESTS])
        admin.execute(
            "DELETE FROM sessions WHERE tenant_id = (SELECT id FROM tenants"
            " WHERE schema_name = 'public')"
        )
        admin.execute(f"DELETE FROM tenants WHERE id IN ({ids})", [MADE_BY_TESTS])


@pytest.fixture
def page(chromium, site):
    """A page of a fresh browser; errors in its console fail the test."""
    cache.clear()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(f"{error} at {page.url}"))
    page.on(
        "response", lambda r: problems.append(f"{r.status} {r.url}") if r.status == 500 else None
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def sign_in(page, site):
    """Return a function that signs somebody in by the form, as people do."""

    def go(email, password=PASSWORD, subdomain=SUBDOMAIN):
        page.goto(site.url("/login/", subdomain))
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    return go
