"""Removing what has had its time: expired exports, and files that no export knows."""

import time
from itertools import groupby

from django.db import connection

from core import rls
from core.models import Tenant
from exchange.exports import files
from exchange.models import Export

DUE = "select tenant_id, row_id from app.expired_exports() order by 1"
# A file may be older than its row's commit, but not by so much.
ORPHAN_SECONDS = 24 * 60 * 60
SOURCE = {"source": "cleanup"}


def remove_expired() -> int:
    """Remove the files and rows of expired exports in every school; return their number."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        due = cursor.fetchall()
    removed = 0
    for tenant_id, rows in groupby(due, key=lambda row: row[0]):
        with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request=SOURCE):
            for export in Export.objects.expired().filter(pk__in=[row_id for _, row_id in rows]):
                files.remove(export)
                export.delete()
                removed += 1
    return removed


def remove_orphans() -> None:
    """Remove files of a day and older that belong to no row, and unfinished ones that nobody makes.

    They are left by a worker that was killed between a file and its row, or by a school that is
    gone.
    """
    oldest = time.time() - ORPHAN_SECONDS
    old = [entry for entry in files.stored() if entry[2].stat().st_mtime < oldest]
    for tenant_id, files_of_school in groupby(sorted(old), key=lambda file: file[0]):
        entries = list(files_of_school)
        with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request=SOURCE):
            exports = Export.objects.filter(pk__in=[export_id for _, export_id, _ in entries])
            known = dict(exports.values_list("pk", "status"))
        for _tenant, export_id, path in entries:
            status = known.get(export_id)
            wanted = Export.Status.RUNNING if path.suffix == files.PART else Export.Status.READY
            if status != wanted:
                path.unlink(missing_ok=True)
