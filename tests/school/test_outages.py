"""A database that is stuck or gone, under the settings of production: who waits, and for what."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from core.database.server import EmbeddedServer
from tests import prepared
from tests.core.servers import QUICK, directory  # noqa: F401 - a fixture
from tests.factories.cast import BROWSER_SUBDOMAIN, PASSWORD
from tests.school import website
from tests.school.website import Visitor
from tests.waiting import wait_until

pytestmark = pytest.mark.process

DATABASE = "test_outages"
THREADS = 4  # gunicorn.conf.py, of the one process
STUDENT = f"student@{BROWSER_SUBDOMAIN}.example"


@pytest.fixture
def site(postgres, tmp_path):
    """The port of a site over a database of the test's own."""
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt")
    with prepared.new_database(postgres, DATABASE, prepared.BROWSER_DATABASE):
        with psycopg.connect(postgres.url("owner", DATABASE)) as owner:
            owner.execute("UPDATE credentials SET password = %s", [password])
        environment = website.environment(tmp_path, postgres, DATABASE)
        collect(environment)
        with website.served(environment, tmp_path / "log") as port:
            yield port


def collect(environment):
    done = website.python("manage.py", "collectstatic", "--noinput", environment=environment)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def student(site):
    visitor = Visitor(site)
    assert visitor.post("/login/", {"username": STUDENT, "password": PASSWORD}).status == 302
    assert visitor.get("/my/invoices/").status == 200
    return visitor


def test_a_stuck_table_stops_nobody_else(site, student, postgres):
    others = Visitor(site, host="school-a.localhost")
    with (
        psycopg.connect(postgres.url("owner", DATABASE)) as owner,
        ThreadPoolExecutor(3 * THREADS) as browsers,
    ):
        owner.execute("LOCK TABLE invoices IN ACCESS EXCLUSIVE MODE")
        stuck = [browsers.submit(student.get, "/my/invoices/") for _ in range(3 * THREADS)]
        # All of this is answered while the lock is held.
        assert [others.get(path).status for path in ("/healthz", "/login/")] == [200, 200]
        answers = [future.result() for future in stuck]
        owner.rollback()
    assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {(503, "5")}
    assert {"The school's records are busy right now." in it.text for it in answers} == {True}
    assert student.get("/my/invoices/").status == 200


def test_what_was_typed_comes_back(site, student, postgres):
    with psycopg.connect(postgres.url("owner", DATABASE)) as owner:
        page = student.get("/profile/")
        assert page.status == 200
        owner.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        sent = "csrfmiddlewaretoken=x&phone=555+0199"
        answer = student.ask(
            "POST", "/profile/", {"Content-Type": "application/x-www-form-urlencoded"}, sent
        )
        owner.rollback()
    assert answer.status == 503
    assert '<textarea name="phone" hidden>\n555 0199</textarea>' in answer.text


def test_a_database_that_comes_back_is_found_by_the_next_request(directory, tmp_path):  # noqa: F811
    prepared.copy("cast", directory)
    server = EmbeddedServer(directory, settings=QUICK)
    server.start()
    environment = website.environment(tmp_path, server, "test_school")
    collect(environment)
    with website.served(environment, tmp_path / "log") as port:
        visitor = Visitor(port, host="school-a.localhost")
        assert [visitor.get("/login/").status for _ in range(8)] == [200] * 8
        server.stop()
        gone = visitor.get("/login/")
        assert (gone.status, gone.headers["Retry-After"]) == (503, "5")
        assert "The database cannot be reached right now." in gone.text
        assert visitor.get("/readyz").status == 503
        assert visitor.get("/healthz").status == 200
        server.start()
        wait_until(lambda: visitor.get("/readyz").status == 200)
        assert [visitor.get("/login/").status for _ in range(40)] == [200] * 40
