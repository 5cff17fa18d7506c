"""The file of a queued export, made by a worker."""

import logging
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.exceptions import JobAborted

from core import jobs, rls, unavailable
from core.models import Tenant
from exchange.exports.errors import Busy, Cancelled, ExportRefused, Interrupted
from exchange.exports.kinds import Builder
from exchange.exports.progress import Watched
from exchange.exports.run import make
from exchange.models import Export

logger = logging.getLogger(__name__)
SOURCE = "export"  # in the audit trail
LOCK = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def work(
    tenant_id: UUID | str,
    user_id: UUID | str,
    export_id: UUID | str,
    builder: Builder | None = None,
) -> None:
    """Make the file of one export, if it is still wanted; its row says how it ended.

    A second run begins anew. `builder` stands in for that of the export's kind. Raises what the
    file failed of, for the queue to try again.
    """
    try:
        if _begin(tenant_id, user_id, export_id):
            _make(tenant_id, user_id, export_id, builder)
    except Cancelled:
        logger.info("Export %s was cancelled.", export_id)
    except Interrupted:
        raise JobAborted from None
    except ExportRefused as refusal:
        _fail(tenant_id, export_id, str(refusal))
    except jobs.JobRefused:
        _fail(tenant_id, export_id, _("The person or the school is no longer active."))
    except unavailable.ERRORS as error:
        if not unavailable.is_full(error):
            raise
        logger.error("Export %s: %s", export_id, unavailable.FULL)
        _fail(tenant_id, export_id, str(unavailable.FULL))


def give_up(tenant_id: UUID | str, user_id: UUID | str, export_id: UUID | str) -> None:
    """Tell the person that there will be no file."""
    sentence = _("The file could not be made. Please try again, or tell the people who run this.")
    _fail(tenant_id, export_id, sentence)


@jobs.task(queue="exports", retry=jobs.Retry(), given_up=give_up)
def make_export(tenant_id: UUID | str, user_id: UUID | str, export_id: UUID | str) -> None:
    """Make the file of one export."""
    work(tenant_id, user_id, export_id)


def _begin(tenant_id: UUID | str, user_id: UUID | str, export_id: UUID | str) -> bool:
    """Commit that the file is being made; return whether there is anything to do.

    An admin sees everybody's exports: only a person's own is made with their rights, or a forged
    job could lend an admin's to whoever asked for the file.
    """
    with jobs.job_context(tenant_id, user_id, SOURCE):
        unfinished = Export.objects.unfinished().filter(
            pk=export_id, requested_by=UUID(str(user_id))
        )
        values = {"status": Export.Status.RUNNING, "started_at": timezone.now(), "rows_done": 0}
        return bool(unfinished.update(**values))


def _make(
    tenant_id: UUID | str, user_id: UUID | str, export_id: UUID | str, builder: Builder | None
) -> None:
    with jobs.job_context(tenant_id, user_id, SOURCE) as (tenant, user):
        with connection.cursor() as cursor:
            # Held by a worker that was taken for dead too early.
            cursor.execute(LOCK, [str(export_id)])
            if not cursor.fetchone()[0]:
                raise Busy
        export = Export.objects.get(pk=export_id, requested_by=user)
        export.requested_by = user
        make(export, Watched(export, tenant, user, jobs.stopping()), builder)


def _fail(tenant_id: UUID | str, export_id: UUID | str, sentence: str) -> None:
    """Record why there is no file, in the school's own name: the person may be gone."""
    with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request={"source": SOURCE}):
        Export.objects.unfinished().filter(pk=export_id).update(
            status=Export.Status.FAILED, error=sentence, finished_at=timezone.now()
        )
