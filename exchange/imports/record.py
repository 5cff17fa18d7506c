"""What an import would do, or did, to each row: from the staging tables into `import_rows`."""

# Names of tables and columns come from the models; values are always parameters.
# ruff: noqa: S608

from django.db import connection

from core import rls
from exchange.imports.staging import REJECTED, STAGED, Staging, as_json, quote
from exchange.models import ImportBatch

INSERT = (
    "INSERT INTO import_rows (tenant_id, batch_id, table_name, row_number, outcome, resource_id,"
    " before, after, problems) SELECT %s, %s, %s, "
)


def forget(batch: ImportBatch) -> None:
    """Remove the rows of an earlier check; Django's own delete would load them first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM import_rows WHERE tenant_id = %s AND batch_id = %s",
            [rls.current_tenant_id(), batch.pk],
        )


def rows(batch: ImportBatch, staged: Staging, *, applied: bool) -> None:
    """Record every row but the unchanged.

    With `applied` what a row sets is read from the table, where triggers had their say; else it is
    what the file says.
    """
    forget(batch)
    ids = [rls.current_tenant_id(), batch.pk, staged.table]
    source = f"{STAGED} s"
    after = "s"
    if applied:
        after = "t"
        source += (
            f" JOIN {quote(staged.table)} t ON t.tenant_id = '{rls.current_tenant_id()}'::uuid"
            " AND t.id = s.id"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{INSERT} row_number, 'rejected', NULL::uuid, NULL::jsonb, cells, problems"
            f" FROM {REJECTED} ORDER BY row_number",
            ids,
        )
        cursor.execute(
            f"{INSERT} row_number, 'created', s.id, NULL::jsonb, {as_json(after, staged.columns)},"
            f" NULL::jsonb FROM {source} WHERE s.is_new ORDER BY position",
            ids,
        )
        cursor.execute(f"SELECT DISTINCT changed FROM {STAGED} WHERE NOT is_new ORDER BY 1")
        for (changed,) in cursor.fetchall():
            names = [name for n, name in enumerate(staged.columns) if changed & 1 << n]
            cursor.execute(
                f"{INSERT} row_number, 'changed', s.id, {as_json('s', names, key='before')},"
                f" {as_json(after, names)}, NULL::jsonb FROM {source}"
                " WHERE NOT s.is_new AND s.changed = %s ORDER BY position",
                [*ids, changed],
            )
