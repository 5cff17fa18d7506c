"""Scheduled reports: when they run, for whom, and with whose rights.

The rule against leaks: each recipient's file is made with the lesser rights of the schedule's owner
and the recipient, and nobody gets one whose owner may no longer run the report. Rights are asked
when the schedule is due and again when the file is made (reporting.services.deliveries).
"""

import logging
from calendar import monthrange
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import UUID

from django.contrib.postgres.functions import TransactionNow
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core import jobs, rls
from core.models import Tenant, User
from core.models.base import TenantQuerySet
from reporting import catalog
from reporting.catalog.filters import DateRange
from reporting.catalog.report import Report
from reporting.models import ReportSchedule

logger = logging.getLogger(__name__)

DUE = "select tenant_id, row_id from app.due_schedules()"
DAYS_AHEAD = 63  # two months and a day hold every next run


class ScheduleRefused(Exception):
    """The schedule cannot run; the message says why."""


# --- when -----------------------------------------------------------------------------------------


def next_run(schedule: ReportSchedule, after: datetime) -> datetime:
    """Return the first moment after `after` (aware) at which the schedule runs, in UTC.

    In the time zone of the context's school. A time skipped when summer time begins moves by the
    skipped hour; a time that occurs twice counts the first time. In a month without the day the
    last day is used.
    """
    zone = rls.current_tenant().timezone
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _number in range(DAYS_AHEAD):
        if _is_day(schedule, day):
            local = datetime.combine(day, schedule.time_of_day, tzinfo=zone)
            moment = local.astimezone(UTC)
            if moment > after:
                return moment
        day += timedelta(days=1)
    raise ValueError("The schedule has no day.")


def _is_day(schedule: ReportSchedule, day: date) -> bool:
    if schedule.frequency == ReportSchedule.Frequency.WEEKLY:
        return day.isoweekday() == schedule.weekday
    # The database wants a day of a monthly schedule (check_schedule_frequency).
    month_day = cast(int, schedule.month_day)
    return day.day == min(month_day, monthrange(day.year, day.month)[1])


def plan(schedule: ReportSchedule, now: datetime | None = None) -> None:
    """Set the next run of a schedule (None while it is paused), without saving it."""
    schedule.next_run_at = next_run(schedule, now or timezone.now()) if schedule.is_active else None


def replan(tenant: Tenant) -> None:
    """Compute the next runs of a school again, in the time zone that `tenant` has now.

    What is due already stays due.
    """
    with rls.tenant_context(tenant, role="admin"):
        ahead = ReportSchedule.objects.filter(is_active=True, next_run_at__gt=timezone.now())
        for schedule in ahead:
            plan(schedule)
            schedule.save(update_fields=["next_run_at"])


# --- for whom, and with whose rights --------------------------------------------------------------


def report_of(schedule: ReportSchedule) -> Report | None:
    """Return the schedule's report from the catalog, or None if it is no longer there."""
    matches = [r for r in catalog.REPORTS if schedule.report in (r.name, r.id)]
    return matches[-1] if matches else None


def stop_reason(schedule: ReportSchedule) -> str | None:
    """Return why nobody may get the report with its owner's rights, or None when it goes on."""
    owner, report = schedule.owner, report_of(schedule)
    if report is None:
        return _("This report no longer exists.")
    if not owner.is_active:
        return _("%(owner)s, whose report this is, is no longer active.") % {"owner": owner}
    if owner.role not in report.roles:
        return _("%(owner)s, whose report this is, may no longer run it.") % {"owner": owner}
    try:
        report.parse(schedule.filters or {})
        report.keys(schedule.sort)
    except ValidationError:
        return _("The report has other filters or orders by now; choose and save them anew.")
    return None


def recipient_refusal(schedule: ReportSchedule, person: User) -> str | None:
    """Return why a person cannot get the report, or None when they can."""
    report = report_of(schedule)
    if not person.is_staff:
        return _("Scheduled reports are for the school's staff.")
    if not person.is_active:
        return _("%(person)s is not active.") % {"person": person}
    if person.has_placeholder_email:
        return _("%(person)s has no e-mail address.") % {"person": person}
    if schedule.owner.is_teacher and not person.is_admin and person.pk != schedule.owner_id:
        return _("A teacher's report can go to that teacher and to admins.")
    if report is not None and person.role not in report.roles:
        return _("%(person)s may not run this report.") % {"person": person}
    return None


def rights_for(schedule: ReportSchedule, person: User) -> User:
    """Return the person with whose rights a recipient's file is made: the lesser of the two.

    An admin sees at least what any owner sees; a teacher who is not the owner sees less than the
    admin who owns the report.
    """
    return schedule.owner if person.is_admin else person


def school_context(tenant_id: UUID) -> AbstractContextManager[Tenant]:
    """Run the block in one transaction for the school itself; see `core.jobs.school_context`."""
    return jobs.school_context(tenant_id, source="scheduled report")


def stop(schedule: ReportSchedule, reason: str) -> None:
    """Pause a schedule for good, and say why where the school's admins see it."""
    schedule.is_active = False
    schedule.next_run_at = None
    schedule.last_result = _("Stopped: %(reason)s") % {"reason": reason}
    schedule.save(update_fields=["is_active", "next_run_at", "last_run_at", "last_result"])


def recipients(schedule: ReportSchedule) -> list[User]:
    """Return the people on a schedule's list by name, deleted ones too."""
    rows = schedule.recipients.select_related("user").order_by("user__sort_name", "pk")
    return [recipient.user for recipient in rows]


def resolved(report: Report, values: Mapping[str, str]) -> dict[str, str]:
    """Return filter values whose periods by name are the days that they mean now, at the school.

    So the file can be made again later with the same rows. The current term is resolved, too.
    """
    result: dict[str, str] = report.parse(values)
    if report.term is not None:
        result |= report.term.resolved(result)
    for report_filter in report.filters:
        if isinstance(report_filter, DateRange) and "period" in result:
            first, last = report_filter.days(result)
            if first and last:
                del result["period"]
                result |= {"from": first.isoformat(), "to": last.isoformat()}
    return result


# --- by hand --------------------------------------------------------------------------------------


def pause(schedules: TenantQuerySet[ReportSchedule]) -> int:
    """Pause the active ones of a queryset; return their number."""
    return schedules.filter(is_active=True).update(is_active=False, next_run_at=None)


def resume(schedule: ReportSchedule) -> None:
    """Resume a paused schedule. Raises `ScheduleRefused` if there is a reason to stop it."""
    if refusal := stop_reason(schedule):
        raise ScheduleRefused(refusal)
    schedule.is_active = True
    plan(schedule)
    schedule.save(update_fields=["is_active", "next_run_at"])


def not_run_because(schedule: ReportSchedule) -> str:
    """Return why a schedule cannot be run now, or ""."""
    if refusal := stop_reason(schedule):
        return refusal
    if not schedule.is_active:
        return _("“%(name)s” is paused; resume it first.") % {"name": schedule}
    return ""


def run_now(schedule: ReportSchedule) -> None:
    """Make a schedule due; a worker starts it within a minute. Raises `ScheduleRefused`."""
    if refusal := not_run_because(schedule):
        raise ScheduleRefused(refusal)
    # The database's clock, which also decides what is due.
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_run_at=TransactionNow())
