"""Who handed in a file, or asked for one, an import or a mail, is whoever was asking."""

import pytest
from django.db import connection

from core.rls import tenant_context
from tests.factories.factory import columns_of
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

STAMPED = {
    "exports": "requested_by",
    "import_batches": "requested_by",
    "mails": "requested_by_id",
    "attachment_files": "uploaded_by",
    "application_documents": "uploaded_by",
}


def written(table, column, cast, whose):
    """Insert a row in the name of `whose`; return who stands in it."""
    a = cast.a
    given = {
        "exports": {},
        "import_batches": {},
        "mails": {"recipient_id": a.student.pk, "address": "s@example.com"},
        "attachment_files": {
            "assignment_id": a.assignment.pk,
            "name": "attachments/x.txt",
            "filename": "x.txt",
        },
        "application_documents": {"application_id": a.application.pk},
    }[table]
    row = columns_of(table, **given) | {"tenant_id": a.tenant.pk, column: whose.pk}
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {column}", [*row.values()]
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(("table", "column"), STAMPED.items())
def test_the_office_notes_itself(cast, table, column):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert written(table, column, cast, cast.a.teacher) == cast.a.admin.pk


@pytest.mark.parametrize(("table", "column"), STAMPED.items())
def test_the_school_itself_notes_whom_it_is_for(cast, table, column):
    with tenant_context(cast.a.tenant, role="admin"):
        assert written(table, column, cast, cast.a.teacher) == cast.a.teacher.pk


@pytest.mark.parametrize("table", ["exports", "import_batches"])
def test_others_name_nobody_else(cast, table):
    with tenant_context(cast.a.tenant, cast.a.teacher), refused_by("policy"):
        written(table, "requested_by", cast, cast.a.outsider)


@pytest.mark.parametrize("table", ["exports", "import_batches"])
def test_it_stays(cast, table):
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET requested_by = %s RETURNING requested_by = %s",
            [cast.a.teacher.pk, cast.a.admin.pk],
        )
        assert set(cursor.fetchall()) == {(True,)}
