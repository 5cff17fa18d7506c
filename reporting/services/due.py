"""Starting the scheduled reports that are due: a file for each recipient."""

import logging
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from core import jobs
from reporting.catalog.report import Report
from reporting.models import ReportSchedule
from reporting.services import deliveries, schedules

logger = logging.getLogger(__name__)

DUE = "select tenant_id, row_id from app.due_schedules()"


def run_due(now: datetime | None = None) -> int:
    """Start every schedule of every school that is due; return how many were started.

    Each in a transaction of its own: one that fails is logged, tried again at the next call, and
    holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        due = cursor.fetchall()
    return sum(_try_to_start(tenant_id, pk, now or timezone.now()) for tenant_id, pk in due)


def _try_to_start(tenant_id: UUID, schedule_id: UUID, now: datetime) -> bool:
    try:
        with schedules.school_context(tenant_id):
            return _start(schedule_id, now)
    except jobs.JobRefused:
        return False
    except Exception:
        logger.exception("Scheduled report %s could not be started.", schedule_id)
        return False


def _start(schedule_id: UUID, now: datetime) -> bool:
    """Queue the files of one schedule, unless another worker does, or did."""
    rows = ReportSchedule.objects.select_for_update(skip_locked=True)
    schedule = rows.filter(pk=schedule_id, is_active=True, next_run_at__lte=now).first()
    if schedule is None:
        return False
    # Run once, however late: runs missed while no worker was running are not repeated.
    schedule.last_run_at = now
    schedule.next_run_at = schedules.next_run(schedule, now)
    if refusal := schedules.stop_reason(schedule):
        schedules.stop(schedule, refusal)
        return True
    schedule.save(update_fields=["last_run_at", "next_run_at"])
    _deliver(schedule)
    return True


def _deliver(schedule: ReportSchedule) -> None:
    """Queue a file for each recipient who may have one; note who gets none."""
    report = cast(Report, schedules.report_of(schedule))  # it was asked whether there is one
    filters = schedules.resolved(report, schedule.filters or {})
    results = []
    for person in schedules.recipients(schedule):
        refusal = schedules.recipient_refusal(schedule, person)
        if refusal is None:
            deliveries.queue(schedule, report, filters, person)
        results.append(deliveries.line(person, refusal or str(deliveries.WAITING)))
    schedule.last_result = "\n".join(results) or _("There are no recipients.")
    schedule.save(update_fields=["last_result"])
