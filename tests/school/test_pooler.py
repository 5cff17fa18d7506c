"""The application behind PgBouncer, whose one connection serves every school in turn.

Each transaction may follow one of somebody else on the same connection of the server. Nothing of
that may be left: neither who is asking, nor the database role, nor a limit.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from core.database.roles import ACTING
from core.rls import tenant_context
from exchange import exports
from exchange.exports import files
from tests import prepared
from tests.databases import everywhere_connected
from tests.factories.cast import PASSWORD, load_cast
from tests.factories.files import read_csv
from tests.factories.pooler import pooler
from tests.factories.worker import worker  # noqa: F401 - a fixture
from tests.school import website
from tests.school.website import Visitor

pytestmark = pytest.mark.process

DATABASE = "test_pooler"
PEOPLE = ("admin", "teacher", "student", "guardian")
WHO = """
    SELECT pg_backend_pid(), current_user, current_setting('app.tenant_id', true),
           current_setting('app.user_id', true), current_setting('app.user_role', true),
           current_setting('app.request', true), current_setting('statement_timeout'),
           current_setting('TimeZone')
"""
LEFT = ("school_app", "", "", "", "", "15s", "UTC")  # as a new connection of the application has it


@pytest.fixture
def pooled(postgres, django_db_setup, django_db_blocker):
    """The cast in a database of the test's own, through one connection for everybody."""
    with (
        prepared.new_database(postgres, DATABASE, prepared.BROWSER_DATABASE),
        pooler(postgres, DATABASE) as it,
        django_db_blocker.unblock(),
        everywhere_connected(it, DATABASE),
    ):
        yield it


@pytest.fixture
def schools(pooled):
    cast = load_cast()
    return [cast.a, cast.b]


def asked():
    """Return what the server answers to WHO, and which connection of it was asked."""
    with connection.cursor() as cursor:
        cursor.execute(WHO)
        pid, *who = cursor.fetchone()
    return pid, tuple(value or "" for value in who)


def left_behind(pooled):
    """Return what a client finds on the server's connection that has no context of its own."""
    with psycopg.connect(pooled.url("app", DATABASE)) as client:
        _pid, *who = client.execute(WHO).fetchone()
    return tuple(value or "" for value in who)


def test_everybody_in_turn_is_themselves(pooled, schools):
    """Threads with clients of their own; the server has one connection for all."""
    people = [(school, name) for school in schools for name in PEOPLE]
    together = threading.Barrier(len(people))

    def ask(school, name):
        person = getattr(school, name)
        together.wait(30)
        try:
            for _turn in range(20):
                with tenant_context(school.tenant, person, request={"for": name}):
                    pid, who = asked()
                    seen = visible_schools()
                    pids.add(pid)
                assert who[:4] == (
                    ACTING[name], str(school.tenant.pk), str(person.pk), person.role
                )  # fmt: skip
                assert seen == [school.tenant.pk]
        finally:
            connection.close()

    pids = set()
    with ThreadPoolExecutor(len(people)) as pool:
        for done in [pool.submit(ask, *person) for person in people]:
            done.result()
    assert len(pids) == 1
    assert left_behind(pooled) == LEFT


def visible_schools():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tenant_id FROM users")
        return [tenant for (tenant,) in cursor.fetchall()]


@pytest.mark.parametrize("ending", ["commit", "error", "disconnect"])
def test_a_transaction_leaves_nothing_however_it_ends(pooled, schools, ending):
    tenant, admin = schools[0].tenant, schools[0].admin
    client = psycopg.connect(pooled.url("app", DATABASE))
    client.execute(f"CALL app.enter('{tenant.pk}', '{admin.pk}', 'r'); SET LOCAL ROLE school_admin")
    client.execute("SET LOCAL statement_timeout = 0")
    assert client.execute("SELECT count(*) FROM classes").fetchone() == (2,)
    if ending == "error":
        with pytest.raises(psycopg.errors.DivisionByZero):
            client.execute("SELECT 1 / 0")
        client.rollback()
    elif ending == "commit":
        client.commit()
    client.close()
    assert left_behind(pooled) == LEFT


def test_people_sign_in_and_work_at_two_schools_at_once(pooled, tmp_path):
    """By gunicorn's threads, whose clients are PgBouncer's; every page is of the right person."""
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt")
    with psycopg.connect(pooled.url("owner", DATABASE)) as owner:
        owner.execute("UPDATE credentials SET password = %s", [password])
    environment = website.environment(tmp_path, pooled, DATABASE)
    done = website.python("manage.py", "collectstatic", "--noinput", environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    with website.served(environment, tmp_path / "log") as port:
        visitors = [
            (school, name, sign_in(port, school, name))
            for school in ("school-a", "school-b")
            for name in PEOPLE
        ]
        with ThreadPoolExecutor(len(visitors)) as pool:
            for asking in [pool.submit(look_around, *it) for it in visitors for _turn in range(6)]:
                asking.result()
        assert left_behind(pooled) == LEFT


def sign_in(port, school, name):
    visitor = Visitor(port, host=f"{school}.localhost")
    form = {"username": f"{name}@{school}.example", "password": PASSWORD}
    assert visitor.post("/login/", form).status == 302
    return visitor


def look_around(school, name, visitor):
    profile = visitor.get("/profile/")
    assert (profile.status, f"{name}@{school}.example" in profile.text) == (200, True)
    other = {"school-a": "school-b", "school-b": "school-a"}[school]
    for path in ("/", "/profile/"):
        page = visitor.get(path)
        assert f"@{other}.example" not in page.text
        assert page.status in (200, 302)


def test_the_worker_makes_a_file_by_copy_for_each_school(pooled, schools, worker):  # noqa: F811
    """In the queue as its own role, in the file as who asked."""
    asked_for = []
    for school in schools:
        with tenant_context(school.tenant, school.admin):
            asked_for.append(
                exports.request(kind="list", template_id="users_v1", file_format="csv",
                                by=school.admin, background=True)
            )  # fmt: skip
    process = worker("--until-empty", DATABASE_URL=pooled.url("app", DATABASE))
    _output, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "")
    for school, export in zip(schools, asked_for, strict=True):
        rows = read_csv(files.path_of(export).read_bytes())
        domains = {cell.partition("@")[2] for row in rows[1:] for cell in row if "@" in cell}
        assert domains == {f"{school.tenant.subdomain}.example"}
        assert len(rows) == 10
    assert left_behind(pooled) == LEFT
