"""The context: none means nothing; it is restored, never leaks, and follows a stream."""

import threading
import uuid
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, connections, transaction

from academics.models import Enrollment, SchoolClass
from core import rls
from core.auth import find_user
from core.database.backend.base import DatabaseWrapper
from core.models import AuditLog, Domain, Tenant, User
from core.rls import NoTenantContext, become, streaming, tenant_context
from core.sessions import SessionStore, digest
from tests.factories.committed import DATABASE
from tests.refusals import refused_by, rule_of

pytestmark = pytest.mark.database

SETTINGS = "SELECT current_setting('app.tenant_id', true), current_setting('app.user_id', true),"
SETTINGS += " current_setting('app.user_role', true), current_setting('app.request', true)"


def asked():
    """Return what the database is told: tenant, user, role (None and '' alike are '')."""
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        return tuple(value or "" for value in cursor.fetchone()[:3])


def run(sql, params=None):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def settings_of(tenant, user=None, role=""):
    return (str(tenant.pk), str(user.pk) if user else "", user.role if user else role)


NOBODY = ("", "", "")


def names(model):
    return {str(row) for row in model.objects.all()}


# No context -------------------------------------------------------------------------------------


def test_without_a_context_raw_sql_sees_nothing(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'v')"
            " AND relnamespace IN ('public'::regnamespace, 'app'::regnamespace)"
            " AND relname !~ '^(django_(migrations|content_type)|auth_|pg_)'"
            " AND has_table_privilege(c.oid, 'select')"
        )
        tables = [row[0] for row in cursor.fetchall()]
        assert len(tables) >= 31
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert (table, cursor.fetchone()[0]) == (table, 0)


@pytest.mark.parametrize("value", ["", "   ", "not a uuid"])
def test_an_odd_setting_opens_nothing(cast, value):
    with transaction.atomic(), connection.without_context(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant_id = '{value}'")
        if value:
            with pytest.raises(DatabaseError) as error:
                cursor.execute("SELECT count(*) FROM users")
            assert rule_of(error.value) == "22P02"  # no uuid
        else:
            cursor.execute("SELECT count(*) FROM users")
            assert cursor.fetchone() == (0,)
        transaction.set_rollback(True)


def test_without_a_context_raw_sql_writes_nothing(cast):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET name = 'x'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM invoices")
        assert cursor.rowcount == 0
    sql = "INSERT INTO conversations (tenant_id, user_id, messages) VALUES (%s, %s, '[]')"
    with pytest.raises(DatabaseError, match="row-level security"):
        run(sql, [cast.a.tenant.pk, cast.a.admin.pk])


def test_the_lookups_before_a_context_return_one_row(cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM app.tenant_for_host('%')")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM app.tenant_for_host('school-a.localhost')")
        assert cursor.fetchone() == (1,)
    tenant = cast.a.tenant.pk
    assert find_user(tenant, email=cast.a.admin.email.upper()) == cast.a.admin
    assert find_user(tenant, user_id=cast.a.admin.pk) == cast.a.admin
    assert find_user(tenant, email=cast.b.admin.email) is None
    assert find_user(tenant, user_id=cast.b.admin.pk) is None
    assert find_user(tenant, email="%") is None
    assert find_user(tenant) is None


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"deleted_at": "2026-01-01T00:00Z"}])
def test_the_lookups_before_a_context_return_no_closed_account(cast, change):
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(pk=cast.a.teacher.pk).update(**change)
    assert find_user(cast.a.tenant.pk, email=cast.a.teacher.email) is None
    assert find_user(cast.a.tenant.pk, user_id=cast.a.teacher.pk) is None


def test_the_lookups_before_a_context_return_a_session_at_its_school_only(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        session = SessionStore()
        session["word"] = "x"
        session.save()
    query = "SELECT count(*) FROM app.session_load(%s, %s)"
    with connection.cursor() as cursor:
        for school, count in ((cast.a, 1), (cast.b, 0)):
            cursor.execute(query, [school.tenant.pk, digest(session.session_key)])
            assert cursor.fetchone() == (count,)


@pytest.mark.parametrize(
    "function",
    [
        *("tenant_for_host", "user_for_login", "count_enrolled", "watch"),
        *("session_load", "session_save", "session_end"),
    ],
)
def test_other_roles_of_the_server_may_not_ask(db, function):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc"
            " WHERE proname = %s AND pronamespace = 'app'::regnamespace",
            [function],
        )
        assert cursor.fetchall() == [(False,)]


# Use outside a context, or outside a transaction ------------------------------------------------


def test_the_models_refuse_to_be_silently_empty(cast):
    for model in (User, SchoolClass, Enrollment, AuditLog):
        with pytest.raises(NoTenantContext):
            list(model.objects.all())
    with pytest.raises(NoTenantContext):
        User.all_objects.count()
    with pytest.raises(NoTenantContext):
        User.objects.update(name="x")
    with pytest.raises(NoTenantContext):
        rls.current_tenant()
    assert rls.current_tenant_id() is None


def own_connection(function):
    """Run `function` in a thread with a database connection of its own; return its result."""
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
    thread.join(30)
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def test_outside_a_transaction_the_models_say_so(cast):
    def work():
        connection.set_tenant(cast.a.tenant)  # as django-tenants' own commands do
        with pytest.raises(NoTenantContext):
            User.objects.count()
        with transaction.atomic(), refused_by("privilege"):
            User.objects.count()  # a school, but nobody
        return asked()

    assert own_connection(work) == NOBODY


# Nesting, exceptions, savepoints ----------------------------------------------------------------


def test_the_context_is_set_and_reset(cast):
    assert asked() == NOBODY
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert asked() == settings_of(cast.a.tenant, cast.a.teacher)
        assert rls.current_tenant() == cast.a.tenant
    assert asked() == NOBODY


def test_nested_contexts_come_back(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        own = names(User)
        with tenant_context(cast.b.tenant, cast.b.student):
            assert asked() == settings_of(cast.b.tenant, cast.b.student)
            assert names(User) == {"Student"}
            with tenant_context(cast.a.tenant, role="admin"):
                assert asked() == settings_of(cast.a.tenant, role="admin")
            assert asked() == settings_of(cast.b.tenant, cast.b.student)
        assert asked() == settings_of(cast.a.tenant, cast.a.admin)
        assert names(User) == own


def test_an_exception_brings_the_outer_context_back(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(ZeroDivisionError), tenant_context(cast.b.tenant, cast.b.admin):
            1 / len(User.objects.filter(name="nobody"))
        assert asked() == settings_of(cast.a.tenant, cast.a.admin)
    assert asked() == NOBODY


def test_an_error_of_the_database_brings_the_outer_context_back(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(DatabaseError), tenant_context(cast.b.tenant, cast.b.admin):
            run("SELECT 1 / 0")
        assert asked() == settings_of(cast.a.tenant, cast.a.admin)
        assert SchoolClass.objects.filter(teacher=cast.a.teacher).count() == 1


def test_a_savepoints_rollback_keeps_the_context(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        sid = transaction.savepoint()
        become(cast.a.teacher)
        assert asked() == settings_of(cast.a.tenant, cast.a.teacher)
        transaction.savepoint_rollback(sid)
        # PostgreSQL has gone back to the admin; the connection still means the teacher.
        assert asked() == settings_of(cast.a.tenant, cast.a.teacher)


def test_a_savepoints_rollback_brings_no_left_context_back(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert asked() == settings_of(cast.a.tenant, cast.a.admin)
    sid = transaction.savepoint()
    transaction.savepoint_rollback(sid)
    assert (asked(), acting()) == (NOBODY, "school_app")


def acting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("role", ["admin", "teacher", "student", "guardian"])
def test_queries_run_as_the_database_role_of_the_person(cast, role):
    with tenant_context(cast.a.tenant, getattr(cast.a, role)):
        assert acting() == f"school_{role}"
        with rls.as_application():
            assert acting() == "school_app"
            assert asked() == settings_of(cast.a.tenant, getattr(cast.a, role))
        assert acting() == f"school_{role}"
        with rls.as_nobody():
            assert (acting(), asked()) == ("school_app", settings_of(cast.a.tenant))
        assert (acting(), asked()) == (
            f"school_{role}",
            settings_of(cast.a.tenant, getattr(cast.a, role)),
        )
    assert acting() == "school_app"


def test_who_acts_without_a_person_has_a_role_too(cast):
    with tenant_context(cast.platform, cast.operator):
        assert acting() == "school_operator"
    with tenant_context(cast.platform, role="admin"):
        assert acting() == "school_operator"
    with tenant_context(cast.a.tenant, role="admin"):
        assert acting() == "school_admin"
    with tenant_context(cast.a.tenant):
        assert acting() == "school_visitor"
        become(cast.a.student)
        assert acting() == "school_student"
        become(None)
        assert acting() == "school_visitor"
    with tenant_context(cast.a.tenant, cast.a.teacher), rls.snapshot() as cursor:
        cursor.execute("SELECT current_user, app.user_id(), app.user_role()")
        assert cursor.fetchone() == ("school_teacher", cast.a.teacher.pk, "teacher")


def test_becoming_someone_else_stays_within_the_school(cast):
    with tenant_context(cast.a.tenant):
        assert asked() == settings_of(cast.a.tenant)
        become(cast.a.teacher)
        assert asked() == settings_of(cast.a.tenant, cast.a.teacher)
        with pytest.raises(ValueError, match="another school"):
            become(cast.b.teacher)
        become(None)
        assert asked() == settings_of(cast.a.tenant)
    with (
        pytest.raises(ValueError, match="another school"),
        tenant_context(cast.a.tenant, cast.b.admin),
    ):
        pass


def test_a_user_of_the_context_has_their_own_role_whatever_is_asked(cast):
    with tenant_context(cast.a.tenant, cast.a.student, role="admin"):
        assert asked() == settings_of(cast.a.tenant, cast.a.student)


def test_the_request_is_inherited_by_inner_contexts(cast):
    outer = tenant_context(cast.a.tenant, request={"request_id": "r1"})
    with outer, tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.school_class.name = "Renamed"
        cast.a.school_class.save()
        entry = AuditLog.objects.filter(resource_id=cast.a.school_class.pk).first()
    assert entry.metadata == {"request_id": "r1", "role": "admin"}


# Threads and connections ------------------------------------------------------------------------


def test_threads_do_not_share_a_context(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert own_connection(asked) == NOBODY
        assert own_connection(rls.current) == rls.NO_CONTEXT


def test_two_threads_in_two_schools_each_see_their_own(cast):
    barrier = threading.Barrier(2, timeout=20)
    seen = {}

    def work(school):
        try:
            for _ in range(20):
                with tenant_context(school.tenant, school.admin):
                    barrier.wait()
                    emails = set(User.objects.values_list("email", flat=True))
                    seen.setdefault(school.host, set()).update(emails)
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=work, args=[school]) for school in (cast.a, cast.b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {host: {e.split("@")[1] for e in emails} for host, emails in seen.items()} == {
        "school-a.localhost": {"school-a.example"},
        "school-b.localhost": {"school-b.example"},
    }
    assert [len(emails) for emails in seen.values()] == [9, 9]


@contextmanager
def pooled():
    """Two wrappers that share a pool of one server connection, in the thread that made them."""
    settings_dict = connections.settings["default"] | {
        "NAME": DATABASE,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}},
    }
    wrappers = [DatabaseWrapper(settings_dict, alias="pooled") for _ in range(2)]
    try:
        yield wrappers
    finally:
        for wrapper in wrappers:
            wrapper.close()
        wrapper.close_pool()


def backend_and_settings(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
        cursor.execute(SETTINGS)
        return pid, tuple(value or "" for value in cursor.fetchone()[:3])


@pytest.mark.parametrize("ending", ["commit", "rollback", "exception", "database error"])
def test_the_next_user_of_a_pooled_connection_starts_with_nothing(cast, ending):
    context = rls.Context(str(cast.a.tenant.pk), str(cast.a.admin.pk), "admin")

    def request(wrapper):
        """What a request does, with each way to end; the connection returns to the pool."""
        wrapper.set_autocommit(False)
        wrapper.in_atomic_block = True
        wrapper.set_context(context)
        state = backend_and_settings(wrapper)
        if ending == "database error":
            with pytest.raises(DatabaseError), wrapper.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        wrapper.in_atomic_block = False
        if ending == "commit":
            wrapper.commit()
        elif ending == "rollback":
            wrapper.rollback()
        wrapper.close()
        return state

    def work():
        with pooled() as (first, second):
            return request(first), backend_and_settings(second)

    (pid, settings), (next_pid, next_settings) = own_connection(work)
    assert settings == settings_of(cast.a.tenant, cast.a.admin)
    assert (next_pid, next_settings) == (pid, NOBODY)


def test_the_context_is_sent_again_after_a_commit(cast):
    """PostgreSQL has forgotten it with the transaction; the wrapper must not think otherwise."""
    context = rls.Context(str(cast.a.tenant.pk), str(cast.a.admin.pk), "admin")

    def work():
        with pooled() as (wrapper, _):
            seen = []
            wrapper.set_autocommit(False)
            wrapper.in_atomic_block = True
            wrapper.set_context(context)
            for _ in range(2):
                seen.append(backend_and_settings(wrapper)[1])
                wrapper.in_atomic_block = False
                wrapper.commit()
                wrapper.in_atomic_block = True
            wrapper.in_atomic_block = False
            return seen

    assert own_connection(work) == [settings_of(cast.a.tenant, cast.a.admin)] * 2


# Streams and server-side cursors ----------------------------------------------------------------


@streaming
def emails():
    for user in User.objects.order_by("email"):
        yield user.email, asked()


def test_a_stream_runs_in_the_context_it_was_made_in(cast):
    def work():
        with tenant_context(cast.a.tenant, cast.a.student):
            stream = emails()
        assert not connection.in_atomic_block
        rows = list(stream)
        return rows, connection.in_atomic_block, rls.current()

    rows, in_atomic_block, after = own_connection(work)
    assert rows == [(cast.a.student.email, settings_of(cast.a.tenant, cast.a.student))]
    assert (in_atomic_block, after) == (False, rls.NO_CONTEXT)


def test_a_stream_that_is_not_read_to_its_end_lets_go(cast):
    def work():
        with tenant_context(cast.a.tenant, cast.a.admin):
            stream = emails()
        next(stream)
        assert connection.in_atomic_block
        stream.close()
        return connection.in_atomic_block, rls.current()

    assert own_connection(work) == (False, rls.NO_CONTEXT)


def test_a_server_side_cursor_runs_in_the_context(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        emails = {user.email for user in User.objects.iterator(chunk_size=1)}
    assert emails == {cast.a.teacher.email, cast.a.student.email}


# What the managers add --------------------------------------------------------------------------


def test_references_to_another_school_lead_nowhere(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for key in (cast.b.school_class.pk, uuid.uuid4()):
            assert not SchoolClass.objects.filter(pk=key).exists()
            assert not Enrollment.objects.filter(school_class_id=key).exists()
        assert (
            not Enrollment.objects.exclude(school_class__name="x")
            .exclude(student__classes_taught__name="x")
            .filter(tenant=cast.b.tenant)
        )


def test_models_without_the_second_belt_are_held_by_the_database(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert list(Tenant.objects.all()) == [cast.a.tenant]
        assert [d.domain for d in Domain.objects.all()] == [cast.a.host]
