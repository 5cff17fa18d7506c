"""Guessing a password gets slower and slower, and keeps nobody out who knows theirs."""

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from core.rls import tenant_context
from core.services import throttle
from core.services.throttle import Counts, Throttle
from tests.conftest import TEST_DATABASE
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.django_db
WRONG = "not the password"


@pytest.fixture
def sign_in(client, cast):
    """Return a function that tries to sign in at school A and returns the answer."""
    client.defaults["HTTP_HOST"] = cast.a.host

    def go(email=cast.a.student.email, password=WRONG, address="10.0.0.1"):
        data = {"username": email, "password": password}
        return client.post("/login/", data, REMOTE_ADDR=address)

    return go


def statuses(sign_in, times, **attempt):
    return [sign_in(**attempt).status_code for _ in range(times)]


def counts(**given):
    none = {"pair": 0, "pair_age": None, "source": 0, "source_age": None, "account": 0}
    return Counts(**none | given)


def waits(is_known_device=False, **given):
    attempts = Throttle("x", account=None, source="", is_known_device=is_known_device)
    return attempts.wait(counts(**given))


# How long ----------------------------------------------------------------------------------------


def test_each_failure_beyond_the_free_ones_costs_twice_the_wait():
    failures = [9, 10, 11, 12, 13, 20, 500]
    seconds = [waits(pair=number, pair_age=0, source=number, source_age=0) for number in failures]
    assert seconds == [0, 5, 10, 20, 40, 900, 900]


def test_what_was_waited_already_counts():
    assert [waits(pair=11, pair_age=passed) for passed in (0.5, 9.5, 10, 60)] == [10, 1, 0, 0]


def test_an_address_waits_a_minute_at_most():
    assert [waits(source=n, source_age=0) for n in (199, 200, 202, 5000)] == [0, 5, 20, 60]


def test_an_account_under_attack_leaves_less_to_those_it_does_not_know():
    assert waits(account=49, pair=3, pair_age=0) == 0
    assert waits(account=50, pair=2, pair_age=0) == 0
    assert waits(account=50, pair=3, pair_age=0) == 5
    assert waits(is_known_device=True, account=5000, pair=9, pair_age=0) == 0


def test_a_known_device_is_held_up_by_its_own_failures_only():
    assert waits(is_known_device=True, source=5000, source_age=0) == 0
    assert waits(is_known_device=True, pair=10, pair_age=0) == 5


# At the sign-in page -----------------------------------------------------------------------------


def test_the_page_says_how_long_to_wait_and_does_not_look_at_the_password(sign_in):
    assert statuses(sign_in, throttle.FREE) == [200] * throttle.FREE
    answer = sign_in(password=PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"
    assert answer.context["refusal"] == "Too many attempts. Wait 5 seconds, then try again."
    assert "Wait 5 seconds" in answer.content.decode()
    # Being told to wait is no failure.
    assert sign_in(password=PASSWORD).headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "typed",
    ["ｓtudent@school-a.example", "STUDENT@School-A.example", "  student@school-a.example "],
)
def test_look_alikes_are_one_account(sign_in, typed):
    statuses(sign_in, throttle.FREE, email=typed)
    assert sign_in().status_code == 429


def test_somebody_unknown_is_answered_the_same(sign_in):
    known = statuses(sign_in, throttle.FREE + 1)
    unknown = statuses(sign_in, throttle.FREE + 1, email="nobody@school-a.example")
    assert unknown == known
    assert sign_in(email="ｎobody@school-a.example").status_code == 429


def test_others_at_the_same_address_and_the_same_person_elsewhere_go_on(sign_in, cast):
    statuses(sign_in, throttle.FREE + 1)
    assert sign_in(cast.a.teacher.email, PASSWORD).status_code == 302
    assert sign_in(password=PASSWORD, address="10.0.0.2").status_code == 302


def test_a_success_forgets_the_failures_before_it(sign_in, client):
    statuses(sign_in, throttle.FREE - 1)
    assert sign_in(password=PASSWORD).status_code == 302
    client.cookies.clear()
    assert statuses(sign_in, throttle.FREE + 1) == [200] * throttle.FREE + [429]


def test_a_device_that_signed_in_before_is_not_held_up(sign_in, client):
    sign_in(password=PASSWORD)
    device = client.cookies["device"].value
    client.cookies.clear()
    for number in range(6):
        statuses(sign_in, throttle.FREE, address=f"10.0.1.{number}")
    statuses(sign_in, throttle.FREE)
    assert sign_in(password=PASSWORD).status_code == 429
    # New sources have less by now.
    assert statuses(sign_in, 4, address="10.0.2.1") == [200, 200, 200, 429]
    client.cookies["device"] = device
    assert sign_in(password=PASSWORD).status_code == 302


def test_a_device_is_known_to_the_accounts_it_signed_in_to(sign_in, client, cast):
    sign_in(cast.a.teacher.email, PASSWORD)
    device = client.cookies["device"]
    assert (device["httponly"], device["samesite"]) == (True, "Lax")
    client.cookies.clear()
    statuses(sign_in, throttle.FREE)
    client.cookies["device"] = device.value
    assert sign_in(password=PASSWORD).status_code == 429


@pytest.mark.parametrize("value", ["", "x", "WyJ4Il0:1:2", "\x00"])
def test_a_made_up_device_is_unknown(sign_in, client, value):
    statuses(sign_in, throttle.FREE)
    client.cookies["device"] = value
    assert sign_in(password=PASSWORD).status_code == 429


# In the database ---------------------------------------------------------------------------------


def attempt_from(postgres, tenant, source="address 10.0.0.1", *, add=True):
    """Add a failure on a connection of its own, as another process does; return its counts."""
    with psycopg.connect(postgres.url("app", TEST_DATABASE)) as other:
        other.execute(f"SET LOCAL app.tenant_id TO '{tenant.pk}'")
        key = ["sign-in", "00000000-0000-4000-8000-000000000001", source]
        if add:
            other.execute("CALL app.attempts_add(%s, %s, %s, 900)", key)
        row = other.execute(throttle.COUNT, [*key, 900]).fetchone()
        return (row[0], row[2], row[4])


def test_processes_count_together(postgres, cast):
    try:
        waits_of = [attempt_from(postgres, cast.a.tenant) for _ in range(3)]
        waits_of.append(attempt_from(postgres, cast.a.tenant, "address 10.0.0.2"))
        waits_of.append(attempt_from(postgres, cast.b.tenant))
        with tenant_context(cast.a.tenant):
            attempts = Throttle(
                "sign-in",
                account="00000000-0000-4000-8000-000000000001",
                source="address 10.0.0.1",
            )
            assert attempts.counts().pair == 3
    finally:
        with psycopg.connect(postgres.url("owner", TEST_DATABASE)) as owner:
            owner.execute("DELETE FROM sign_in_attempts")
    assert waits_of == [(1, 1, 1), (2, 2, 2), (3, 3, 3), (1, 1, 4), (1, 1, 1)]


def test_old_failures_count_no_more_and_go(postgres, cast):
    with psycopg.connect(postgres.url("owner", TEST_DATABASE), autocommit=True) as owner:
        try:
            attempt_from(postgres, cast.a.tenant)
            owner.execute("UPDATE sign_in_attempts SET attempted_at = now() - interval '901 s'")
            assert attempt_from(postgres, cast.a.tenant, add=False) == (0, 0, 0)
            assert attempt_from(postgres, cast.a.tenant) == (1, 1, 1)
            assert owner.execute("SELECT count(*) FROM sign_in_attempts").fetchone() == (1,)
        finally:
            owner.execute("DELETE FROM sign_in_attempts")


@pytest.mark.parametrize("role", ["admin", "teacher", "student", "guardian"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM sign_in_attempts",
        "DELETE FROM sign_in_attempts",
        "INSERT INTO sign_in_attempts (purpose) VALUES ('x')",
    ],
)
def test_what_was_tried_is_nobodys_to_read(cast, role, statement):
    context = tenant_context(cast.a.tenant, getattr(cast.a, role))
    with context, pytest.raises(ProgrammingError) as error, transaction.atomic():
        connection.cursor().execute(statement)
    assert isinstance(error.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize(("password", "most"), [(PASSWORD, 1), (WRONG, 2)])
def test_it_costs_two_statements_at_most(sign_in, password, most):
    with CaptureQueriesContext(connection) as captured:
        sign_in(password=password)
    assert len([q for q in captured if "app.attempts_" in q["sql"]]) == most


def test_links_for_a_new_password_are_few():
    assert throttle.links_left(counts(pair=4, source=99, account=4))
    assert not throttle.links_left(counts(account=5))
    assert not throttle.links_left(counts(source=100))


def test_an_account_that_nobody_has_is_the_same_however_it_is_typed(cast):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")
    keys = [
        throttle.sign_in(request, typed, None).key
        for typed in ("ann@x.example", " ANN@x.example", "ａnn@x.example")
    ]
    assert keys[0] == keys[1] == keys[2]
    assert throttle.sign_in(request, "ann@x.example", cast.a.student).key == [
        "sign-in",
        cast.a.student.pk,
        "address 10.0.0.1",
    ]
