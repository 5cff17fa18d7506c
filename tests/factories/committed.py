"""A school that is really committed, for tests with threads and connections of their own.

The usual rollback cannot reach what other connections commit, so this school is removed row by row
afterwards, by the administrator and without triggers.
"""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from exchange.school_file.tables import LEFT_OUT_TABLES, school_tables

DATABASE = "test_school"


def tables():
    """Return the tables with rows of one school, those that refer before those referred to."""
    portable = [table.name for table in school_tables()[1:]]
    return ["django_admin_log", *LEFT_OUT_TABLES, *reversed(portable)]


class CommittedSchool:
    """A school with an admin and a teacher; `new()` inserts rows, `connect()` opens connections."""

    def __init__(self, postgres):
        self.postgres = postgres
        self.tenant = str(uuid.uuid4())
        self.subdomain = f"t{self.tenant[:8]}"
        with psycopg.connect(postgres.url("owner", DATABASE), autocommit=True) as owner:
            owner.execute(
                "INSERT INTO tenants (id, name, subdomain, contact_email)"
                " VALUES (%s, 'Committed', %s, 'c@example.com')",
                [self.tenant, self.subdomain],
            )
            owner.execute(
                "INSERT INTO tenant_domains (domain, is_primary, tenant_id) VALUES (%s, true, %s)",
                [f"{self.subdomain}.localhost", self.tenant],
            )
        self.db = self.connect(autocommit=True)
        self.admin = self.new("users", email="admin@example.com", name="Admin", role="admin")
        self.teacher = self.new("users", email="t@example.com", name="Teacher", role="teacher")

    def connect(self, role="admin", user="", autocommit=False):
        """Return a psycopg connection as the application's role in this school's context."""
        connection = psycopg.connect(self.postgres.url("app", DATABASE), autocommit=autocommit)
        connection.execute(
            f"SET app.tenant_id = '{self.tenant}'; SET app.user_id = '{user}';"
            f" SET app.user_role = '{role}'; SET lock_timeout = '20s'"
        )
        if not autocommit:
            connection.commit()
        return connection

    def new(self, table, **columns):
        """Insert and commit one row of this school; return its id."""
        return insert(self.db, table, tenant_id=self.tenant, **columns)

    def students(self, count):
        return [
            self.new("users", email=f"s{n}@example.com", name=f"Student {n}", role="student")
            for n in range(count)
        ]

    def school_class(self, **columns):
        return self.new(
            "classes",
            **{"name": "Class", "start_date": "2026-01-05", "teacher_id": self.teacher} | columns,
        )

    def fetch_one(self, query, *params):
        """Return the first row of a query, or its only column."""
        row = self.db.execute(query, params).fetchone()
        return row[0] if row and len(row) == 1 else row

    def race(self, *tasks):
        """Run each task(connection) in a thread, transaction and connection of its own, at once.

        Returns, in order, what each returned, or the psycopg error that it ended with.
        """
        barrier = threading.Barrier(len(tasks))

        def run(task):
            with self.connect() as connection:
                barrier.wait(timeout=30)
                try:
                    with connection.transaction():
                        return task(connection)
                except psycopg.Error as error:
                    return error

        with ThreadPoolExecutor(len(tasks)) as pool:
            return list(pool.map(run, tasks))

    def race_freely(self, *tasks):
        """Run each task(connection) at once as `race` does; each commits as it goes along."""
        barrier = threading.Barrier(len(tasks))

        def run(task):
            with self.connect(autocommit=True) as connection:
                barrier.wait(timeout=30)
                return task(connection)

        with ThreadPoolExecutor(len(tasks)) as pool:
            return list(pool.map(run, tasks))

    def attempt(self, task, **who):
        """Return what task(connection) returns in a transaction, or the error it ended with."""
        with self.connect(**who) as connection:
            try:
                with connection.transaction():
                    return task(connection)
            except psycopg.Error as error:
                return error

    @contextmanager
    def overtaken(self, call):
        """Run call() in a thread, and the block once it waits for a lock or is done.

        Yields a function that returns what the call returned, when the block has let it go on.
        """
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(call)
            while not (future.done() or self.fetch_one(waits)):
                pass
            yield lambda: future.result(timeout=30)

    def waits_alone(self, call, table, first, second):
        """Let call() wait for row `first` of a table; return whether `second` was free meanwhile.

        Who locks rows in their order holds no later one while waiting: so nobody deadlocks.
        """
        lock = f"SELECT FROM {table} WHERE id = %s FOR NO KEY UPDATE"
        with self.connect() as other:
            other.execute(lock, [first])
            with self.overtaken(call) as result:
                try:
                    other.execute(f"{lock} NOWAIT", [second])
                    left_free = True
                except psycopg.errors.LockNotAvailable:
                    left_free = False
                other.rollback()
                result()
        return left_free

    def remove(self):
        self.db.close()
        with psycopg.connect(self.postgres.url("admin", DATABASE)) as admin:
            admin.execute("SET session_replication_role = replica")
            for table in tables():
                admin.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [self.tenant])
            admin.execute("DELETE FROM tenants WHERE id = %s", [self.tenant])


def insert(connection, table, **columns):
    """Insert one row with psycopg and return its id."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
    return connection.execute(sql, list(columns.values())).fetchone()[0]


@pytest.fixture
def committed(postgres, django_db_setup):
    """A `CommittedSchool`, gone after the test."""
    school = CommittedSchool(postgres)
    yield school
    school.remove()
