"""What an import did goes with its batch, of which the trail knows, or not at all."""

import pytest
from django.db import connection

from core.models import AuditLog
from core.rls import tenant_context
from exchange.imports import service
from exchange.models import ImportBatch, ImportRow
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DELETE = "DELETE FROM import_rows WHERE batch_id = %s"


@pytest.fixture(params=["admin", "teacher"])
def person(cast, request):
    return getattr(cast.a, request.param)


@pytest.fixture
def batch(cast, person):
    """Somebody's own batch with one row, in their context."""
    with tenant_context(cast.a.tenant, person):
        batch = ImportBatch.objects.create(
            target="core.user", filename="f.csv", digest="0", requested_by=person
        )
        ImportRow.objects.create(
            batch=batch, row_number=1, table_name="users", outcome="created", resource_id=person.pk
        )
        yield batch


def delete(batch):
    with connection.cursor() as cursor:
        cursor.execute(DELETE, [batch.pk])
        return cursor.rowcount


@pytest.mark.parametrize("status", ["applied", "undoing", "undone"])
def test_what_an_import_did_does_not_go_by_itself(batch, status):
    ImportBatch.objects.filter(pk=batch.pk).update(status=status)
    with refused_by("import_rows_stay"):
        delete(batch)
    assert batch.rows.count() == 1


@pytest.mark.parametrize("status", ["checking", "previewed", "running", "refused", "failed"])
def test_what_an_import_would_do_is_written_anew(batch, status):
    ImportBatch.objects.filter(pk=batch.pk).update(status=status)
    assert delete(batch) == 1


def test_it_goes_with_its_batch_and_the_trail_says_so(cast, batch, person):
    ImportBatch.objects.filter(pk=batch.pk).update(status="applied")
    key = batch.pk
    service.delete(batch)
    assert not ImportRow.objects.filter(batch_id=key).exists()
    with tenant_context(cast.a.tenant, cast.a.admin):
        trail = AuditLog.objects.get(resource_id=key, action="import_batch_deleted")
    assert trail.user_id == person.pk
