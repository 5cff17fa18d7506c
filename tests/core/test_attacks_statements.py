"""A second statement smuggled into a message to the server: refused, with or without parameters."""

import psycopg.errors
import pytest
from django.db import DatabaseError, connection, transaction

from core.models import User
from core.rls import snapshot, tenant_context
from tests.core.request_urls import context

pytestmark = pytest.mark.database

SECOND = "SET LOCAL ROLE none"
REFUSED = psycopg.errors.SyntaxError
MESSAGES = [
    ("SELECT 1; {}", ()),
    ("SELECT %s; {}", (1,)),
    ("SELECT 1 /* ; */; {}; --", ()),
    ("{}; SELECT 1", ()),
    ("UPDATE users SET phone = '1' WHERE false; {}", ()),
    ("DECLARE c CURSOR FOR SELECT 1; {}", ()),
]


def acting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.fixture(params=["admin", "teacher", "student", "guardian", "visitor"])
def viewer(cast, request):
    with tenant_context(cast.a.tenant, getattr(cast.a, request.param, None)):
        before = acting(), context()
        yield request.param
        assert (acting(), context()) == before


def refusal(do):
    """Return the class of the database's error."""
    with pytest.raises((DatabaseError, psycopg.Error)) as error, transaction.atomic():
        do()
    return type(error.value.__cause__ or error.value)


@pytest.mark.parametrize(("message", "params"), MESSAGES)
def test_a_message_has_one_statement(viewer, message, params):
    def ask():
        with connection.cursor() as cursor:
            cursor.execute(message.format(SECOND), params)

    assert refusal(ask) == REFUSED


def test_a_query_of_the_orm_has_one_statement(viewer):
    smuggled = f"true); {SECOND}; SELECT id FROM users WHERE (true"
    assert refusal(lambda: list(User.objects.extra(where=[smuggled]))) == REFUSED  # noqa: S610
    assert refusal(lambda: list(User.objects.extra(where=[smuggled]).iterator())) == REFUSED  # noqa: S610
    assert refusal(lambda: list(User.objects.raw(f"SELECT * FROM users; {SECOND}"))) == REFUSED


def test_a_copy_is_one_statement(viewer):
    def copy():
        with connection.cursor() as cursor:
            statement = f"COPY (SELECT 1) TO STDOUT; {SECOND}"
            with cursor.copy(statement) as out:
                list(out)

    assert refusal(copy) == REFUSED


def test_a_snapshot_takes_one_statement(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), pytest.raises(REFUSED):  # noqa: SIM117
        with snapshot() as cursor:
            cursor.execute(f"SELECT 1; {SECOND}")


def test_the_context_is_entered_all_the_same(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        assert acting() == "school_student"
