"""From host to school to context to person, through the whole middleware, on real transactions."""

import threading
from contextlib import suppress

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import passwords, rls
from core.middleware import client_address
from core.models import Domain, Tenant
from core.rls import tenant_context
from core.sessions import SessionStore
from tests.factories.cast import PASSWORD
from tests.factories.committed import CommittedSchool

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = settings.PUBLIC_SCHEMA_URLCONF = "tests.core.request_urls"


class Browser(Client):
    """A client of one host; an exception of a view is answered as a server answers it."""

    def __init__(self, host):
        super().__init__(headers={"host": host}, raise_request_exception=False)


def signed_in(school, name):
    browser = Browser(school.host)
    user = getattr(school, name)
    answer = browser.post("/in", {"email": user.email, "password": PASSWORD})
    assert answer.json() == {"context": [str(school.tenant.pk), str(user.pk), user.role]}
    return browser


def who(browser):
    return browser.get("/who").json()


def people(school, name):
    user = getattr(school, name)
    return {"context": [str(school.tenant.pk), str(user.pk), user.role], "user": user.name}


def nobody(school):
    return {"context": [str(school.tenant.pk), "", ""], "user": "AnonymousUser"}


# Who is asking ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["admin", "teacher", "student"])
def test_the_context_is_the_persons(cast, name):
    assert who(signed_in(cast.a, name)) == people(cast.a, name)


def test_the_host_decides_the_school(cast):
    assert who(Browser(cast.a.host)) == nobody(cast.a)
    assert who(Browser(cast.b.host)) == nobody(cast.b)
    assert who(Browser(cast.a.host.upper() + ".:8000")) == nobody(cast.a)


def test_a_password_opens_its_own_school_only(cast):
    answer = Browser(cast.b.host).post("/in", {"email": cast.a.admin.email, "password": PASSWORD})
    assert answer.status_code == 403


def test_a_session_is_nothing_at_another_schools_host(cast):
    browser = signed_in(cast.a, "admin")
    elsewhere = Browser(cast.b.host)
    elsewhere.cookies = browser.cookies.copy()
    assert who(elsewhere) == nobody(cast.b)
    # and looking there did not end it
    assert who(browser) == people(cast.a, "admin")


def test_signing_out_ends_the_session(cast):
    browser = signed_in(cast.a, "admin")
    copy = Browser(cast.a.host)
    copy.cookies = browser.cookies.copy()
    assert browser.post("/out").json() == {"context": [str(cast.a.tenant.pk), "", ""]}
    assert who(copy) == nobody(cast.a)


@pytest.mark.parametrize(
    "change", ["status = 'suspended'", "status = 'archived'", "deleted_at = now()"]
)
def test_a_closed_account_is_out_at_once(cast, change):
    browser = signed_in(cast.a, "teacher")
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute(f"UPDATE users SET {change} WHERE id = %s", [cast.a.teacher.pk])
    assert who(browser) == nobody(cast.a)
    answer = Browser(cast.a.host).post("/in", {"email": cast.a.teacher.email, "password": PASSWORD})
    assert answer.status_code == 403


def test_a_role_that_changes_counts_from_the_next_request(cast):
    browser = signed_in(cast.a, "teacher")
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute("UPDATE users SET role = 'student' WHERE id = %s", [cast.a.teacher.pk])
    assert who(browser)["context"][2] == "student"


# Which school -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "code"), [("suspended", 503), ("archived", 410)])
def test_a_closed_school_says_so_and_signs_nobody_in(cast, status, code):
    browser = signed_in(cast.a, "admin")
    with tenant_context(cast.platform, cast.operator):
        tenant = Tenant.objects.get(pk=cast.a.tenant.pk)
        tenant.status = status
        tenant.save()
    for answer in (
        browser.get("/who"),
        Browser(cast.a.host).get("/who"),
        Browser(cast.a.host).post("/in", {"email": cast.a.admin.email, "password": PASSWORD}),
    ):
        assert answer.status_code == code
        assert "sessionid" not in answer.cookies
    assert Browser(cast.b.host).get("/who").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("unknown.localhost", 404), ("localhost.example", 404), ("school-a", 404), ("%", 400)],
)
def test_an_unknown_host_is_not_found(cast, host, status):
    assert Browser(host).get("/who").status_code == status


def test_a_domain_that_comes_and_goes_is_known_at_once(cast):
    new = Browser("new.localhost")
    assert new.get("/who").status_code == 404
    with tenant_context(cast.platform, cast.operator):
        domain = Domain.objects.create(
            domain=" New.localhost. ", tenant=cast.a.tenant, is_primary=False
        )
    assert who(new) == nobody(cast.a)
    with tenant_context(cast.platform, cast.operator):
        domain.delete()
    assert new.get("/who").status_code == 404


# What a request leaves behind -------------------------------------------------------------------


def in_thread(function):
    """Run `function` as a server's thread would, with its own connection; return its result."""
    result = []

    def run():
        try:
            result.append(function())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            result.append(error)
        finally:
            connections["default"].close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def left_behind():
    """What the connection of this thread is told between requests."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.tenant_id', true), current_setting('app.user_id', true),"
            " current_setting('app.user_role', true), current_setting('app.request', true)"
        )
        return (
            [value or "" for value in cursor.fetchone()],
            rls.current(),
            connection.in_atomic_block,
        )


CLEAN = (["", "", "", ""], rls.NO_CONTEXT, False)


@pytest.mark.parametrize(
    ("ending", "status", "kept"),
    [
        ("ok", 200, True),
        ("400", 400, True),
        ("500", 500, False),
        ("exception", 500, False),
        ("database", 500, False),
        ("refused", 409, False),
        ("denied", 403, False),
        ("missing", 404, False),
    ],
)
def test_a_request_ends_whole_or_not_at_all(db, committed, ending, status, kept):
    """Its changes are kept or undone together, and its context is gone."""
    committed.db.execute(passwords.SET, [committed.admin, make_password("pw")])
    (student,) = committed.students(1)
    committed.new("enrollments", student_id=student, class_id=committed.school_class())

    def work():
        browser = Browser(f"{committed.subdomain}.localhost")
        browser.post("/in", {"email": "admin@example.com", "password": "pw"})
        assert left_behind() == CLEAN
        answer = browser.get(f"/change/{ending}")
        return answer.status_code, left_behind(), who(browser)["context"]

    code, after, context = in_thread(work)
    assert (code, after) == (status, CLEAN)
    assert context == [committed.tenant, str(committed.admin), "admin"]
    name = committed.fetch_one("SELECT name FROM classes")
    assert name == (f"renamed {ending}" if kept else "Class")


def test_the_trail_knows_the_request(db, committed):
    committed.db.execute(passwords.SET, [committed.admin, make_password("pw")])
    committed.school_class()

    def work():
        browser = Browser(f"{committed.subdomain}.localhost")
        browser.post("/in", {"email": "admin@example.com", "password": "pw"})
        answer = browser.get("/change/ok", headers={"user-agent": "Test/1"}, REMOTE_ADDR="10.1.2.3")
        return answer.headers["X-Request-ID"]

    request_id = in_thread(work)
    user, metadata = committed.fetch_one(
        "SELECT user_id, metadata FROM audit_logs WHERE action = 'class_updated'"
    )
    assert (user, metadata) == (
        committed.admin,
        {
            "request_id": request_id,
            "ip_address": "10.1.2.3",
            "user_agent": "Test/1",
            "role": "admin",
        },
    )


def test_requests_of_two_schools_share_a_pooled_connection(postgres, db):
    """One server connection, one thread, two schools in turn: nothing of the one is left."""
    schools = [CommittedSchool(postgres) for _ in range(2)]
    try:
        for school in schools:
            for n in range(3):
                school.school_class(name=f"{school.subdomain} {n}")

        def work():
            wrapper = connections["default"]
            pooled = wrapper.copy("default")
            pooled.settings_dict["OPTIONS"] = {
                "pool": {"min_size": 1, "max_size": 1, "timeout": 10}
            }
            pooled.settings_dict["CONN_MAX_AGE"] = 0
            connections["default"] = pooled
            seen = []
            try:
                for _ in range(3):
                    for school in schools:
                        seen.append(who(Browser(f"{school.subdomain}.localhost"))["context"])
                        pooled.close()  # as request_finished does
                        with pooled.cursor() as cursor:
                            cursor.execute("SELECT pg_backend_pid()")
                            seen.append((cursor.fetchone()[0], left_behind()))
                        pooled.close()
            finally:
                pooled.close_pool()
                connections["default"] = wrapper
            return seen

        seen = in_thread(work)
    finally:
        for school in schools:
            school.remove()
    contexts, between = seen[::2], seen[1::2]
    assert contexts == [[school.tenant, "", ""] for school in schools] * 3
    assert {state[0] for state in between} == {between[0][0]}
    assert [state[1] for state in between] == [CLEAN] * 6


def test_a_snapshot_gives_its_pooled_connection_back_as_it_was(db, committed):
    """Whoever gets it next can write, and sees what others commit meanwhile."""

    def work():
        wrapper = connections["default"]
        pooled = wrapper.copy("default")
        pooled.settings_dict["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
        pooled.settings_dict["CONN_MAX_AGE"] = 0
        connections["default"] = pooled
        try:
            before = connection_state(pooled)
            for broken in (False, True):
                with suppress(ZeroDivisionError), pooled.snapshot() as cursor:
                    cursor.execute("SHOW transaction_read_only")
                    assert cursor.fetchone() == ("on",)
                    if broken:
                        raise ZeroDivisionError
                assert connection_state(pooled) == before
        finally:
            pooled.close_pool()
            connections["default"] = wrapper
        return before[1:]

    assert in_thread(work) == (None, None, "off", "read committed")


def connection_state(pooled):
    """Return the server process of the pool's connection, and how its transactions begin."""
    with pooled.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), current_setting('transaction_read_only'),"
            " current_setting('transaction_isolation')"
        )
        pid, read_only, isolation = cursor.fetchone()
        raw = pooled.connection
        state = (pid, raw.read_only, raw.isolation_level, read_only, isolation)
    pooled.close()
    return state


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (True, "6.6.6.6, 192.0.2.8 ", "192.0.2.8"),
        (True, "192.0.2.8", "192.0.2.8"),
        (True, "", "10.1.2.3"),
        (True, None, "10.1.2.3"),
        (False, "6.6.6.6", "10.1.2.3"),
    ],
)
def test_a_clients_address_is_what_our_own_proxy_saw(rf, settings, behind, forwarded, address):
    settings.BEHIND_PROXY = behind
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    request = rf.get("/", REMOTE_ADDR="10.1.2.3", headers=headers)
    assert client_address(request) == address


def test_only_the_allowed_hosts_are_answered(cast, settings):
    settings.ALLOWED_HOSTS = [cast.a.host]
    assert [Browser(school.host).get("/who").status_code for school in (cast.a, cast.b)] == [
        200,
        400,
    ]


def test_a_streamed_answer_runs_as_its_reader(cast):
    # The client's own stand-in for the end of a request would close the test's connection.
    browser = signed_in(cast.a, "teacher")
    lines = b"".join(browser.get("/stream").streaming_content).decode().splitlines()
    context = " ".join(people(cast.a, "teacher")["context"])
    assert lines == [f"{u.email} {context}" for u in (cast.a.student, cast.a.teacher)]


def test_a_streamed_answer_is_read_after_its_transaction(db, committed):
    def work():
        answer = Browser(f"{committed.subdomain}.localhost").get("/stream/who")
        during = connection.in_atomic_block
        body = b"".join(answer.streaming_content)
        return during, body, left_behind()

    assert in_thread(work) == (False, committed.tenant.encode(), CLEAN)


# What it costs ----------------------------------------------------------------------------------


def queries(browser, path="/trivial"):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    others = ("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN", "COMMIT")
    return [query["sql"] for query in captured if not query["sql"].startswith(others)]


def kinds(statements):
    marks = ("tenant_for_host", "session_load", "user_for_login", "app.enter")
    return [next((mark for mark in marks if mark in sql), sql) for sql in statements]


def test_a_request_asks_for_host_session_and_person_and_sets_the_context_once(cast):
    browser = signed_in(cast.a, "teacher")
    asked = ["tenant_for_host", "session_load", "user_for_login"]
    assert kinds(queries(browser)) == asked
    asked_for = kinds(queries(browser, "/who"))
    assert asked_for[:4] == [*asked, "app.enter"]
    assert len(asked_for) == 5


def test_a_stranger_costs_one_query(cast):
    browser = Browser(cast.a.host)
    assert kinds(queries(browser)) == ["tenant_for_host"]


def test_a_suspended_school_is_closed_from_the_next_request_on(cast):
    browser = Browser(cast.a.host)
    assert browser.get("/trivial").status_code == 200
    # As another process does it: nothing is said to this one.
    with tenant_context(cast.platform, cast.operator), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET status = 'suspended' WHERE id = %s", [cast.a.tenant.pk])
    assert browser.get("/trivial").status_code == 503


def test_saved_settings_count_from_the_next_request_on(cast):
    browser = Browser(cast.a.host)
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants SET name = 'New name' WHERE id = %s", [cast.a.tenant.pk])
    assert "New name" in browser.get("/login/").content.decode()


def test_a_nul_character_in_the_address_is_a_bad_request(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    for path in ("/admin/exchange/export/?status=%00", "/admin/core/user/?q=a%00b"):
        assert client.get(path).status_code == 400


def test_an_expired_session_is_nobodys(cast):
    browser = signed_in(cast.a, "teacher")
    teacher = [str(cast.a.tenant.pk), str(cast.a.teacher.pk), "teacher"]
    assert who(browser)["context"] == teacher
    with tenant_context(cast.a.tenant, cast.a.teacher):
        session = SessionStore(browser.cookies["sessionid"].value)
        session.set_expiry(-1)
        session.save()
    assert who(browser)["context"] == [str(cast.a.tenant.pk), "", ""]
