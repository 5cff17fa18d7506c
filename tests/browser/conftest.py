"""A real browser, a real server, and a database of each test's own with a committed school.

pytest-django's live_server empties tables with TRUNCATE, which the application's role may not; so
the database is a copy that is dropped afterwards.
"""

import os
import shutil
from dataclasses import dataclass

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.test.testcases import LiveServerThread
from playwright.sync_api import expect, sync_playwright

from tests import prepared
from tests.databases import everywhere_connected
from tests.factories.cast import BROWSER_SUBDOMAIN, PASSWORD, School, load_browser_school

PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
DATABASE = "test_journey"
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

    def url(self, path="/", subdomain=BROWSER_SUBDOMAIN):
        return f"http://{subdomain}.localhost:{self.port}{path}"


@pytest.fixture
def site(postgres, django_db_setup, django_db_blocker, settings):
    """Serve the application over a database of the test's own, with a committed school."""
    cache.clear()
    with (
        django_db_blocker.unblock(),
        prepared.new_database(postgres, DATABASE, prepared.BROWSER_DATABASE),
        everywhere_connected(postgres, DATABASE),
    ):
        server = LiveServerThread("127.0.0.1", static_handler=StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        settings.SITE_PORT = str(server.port)  # that links in mails lead to
        yield Site(load_browser_school(), server.port)
        server.terminate()


@pytest.fixture
def page(chromium, site):
    """A page of a fresh browser; errors in its console fail the test."""
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

    def go(email, password=PASSWORD, subdomain=BROWSER_SUBDOMAIN):
        page.goto(site.url("/login/", subdomain))
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    return go
