"""A school whose rows are really committed, as jobs and workers see them."""

import psycopg
import pytest
from django.db import connections

from core.models import Tenant, User
from core.rls import tenant_context
from tests.factories.committed import DATABASE, committed  # noqa: F401 - a fixture


class Office:
    """The committed school as the ORM has it, its admin, and a look at the database beside it."""

    def __init__(self, committed):  # noqa: F811
        self.committed = committed
        self.db = committed.db
        with tenant_context(Tenant(pk=committed.tenant), role="admin"):
            self.tenant = Tenant.objects.get(pk=committed.tenant)
            self.admin = User.objects.get(pk=committed.admin)
        self.admin.tenant = self.tenant

    def ids(self, export):
        """Return the arguments of the export's job."""
        return {
            "tenant_id": str(self.tenant.pk),
            "user_id": str(self.admin.pk),
            "export_id": str(export.pk),
        }

    def as_owner(self, statement, params=()):
        """Run one statement that the application's role may not, and commit it; return its rows."""
        url = self.committed.postgres.url("owner", DATABASE)
        with psycopg.connect(url) as owner:
            cursor = owner.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    def jobs(self):
        """Return [(task, arguments, lock, status, attempts)] of this school's jobs."""
        return self.as_owner(
            "SELECT task_name, args, lock, status, attempts FROM procrastinate_jobs"
            " WHERE args ->> 'tenant_id' = %s ORDER BY id",
            [str(self.tenant.pk)],
        )

    def row(self, export, columns="status"):
        return self.committed.fetch_one(f"SELECT {columns} FROM exports WHERE id = %s", export.pk)


@pytest.fixture
def office(committed, postgres, django_db_blocker):  # noqa: F811
    """An `Office`; what its jobs left in the queue is removed with it."""
    with django_db_blocker.unblock():
        yield Office(committed)
        connections.close_all()
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute(
            "DELETE FROM procrastinate_jobs WHERE args ->> 'tenant_id' = %s", [committed.tenant]
        )
