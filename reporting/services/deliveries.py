"""The files and mails of a scheduled report: one job a recipient, and one for the mail.

The mail holds a link, never the file, and nothing about students: a filter may be a student's name,
so the mail names the period only. A mail that fails is tried again; the file stays.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import formats, timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import jobs, rls
from core.addresses import main_site
from core.models import Mail, Tenant, User
from core.services import mail
from exchange.exports import background, download_url, kept
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import KINDS
from exchange.exports.progress import Progress
from exchange.exports.source import Countable
from exchange.models import Export
from reporting.catalog import source
from reporting.catalog.filters import DateRange
from reporting.catalog.report import Report
from reporting.models import ReportSchedule
from reporting.services import schedules

WAITING = gettext_lazy("waiting")
KIND = "scheduled_report"  # of mail


def queue(schedule: ReportSchedule, report: Report, filters: dict[str, Any], person: User) -> None:
    """Queue the file of one recipient, in the school's context and the current transaction."""
    export = Export.objects.create(
        kind=source.KIND,
        template_id=report.id,
        template_version=report.version,
        filename=_filename(report, schedule.file_format),
        file_format=schedule.file_format,
        filters=filters,
        sort=schedule.sort,
        status=Export.Status.QUEUED,
        origin=Export.Origin.SCHEDULE,
        requested_by=person,
        requester_role=person.role,
        expires_at=timezone.now() + kept.FILES.time(),
    )
    jobs.defer(
        deliver_scheduled_report,
        lock=f"exports-{person.pk}",
        user_id=person.pk,
        schedule_id=schedule.pk,
        export_id=export.pk,
    )


def deliver(tenant_id: UUID, user_id: UUID, schedule_id: UUID | str, export_id: UUID) -> None:
    """Make a recipient's file, unless it exists, and queue the mail with its link.

    Raises the error of a failed file, so that the queue tries again.
    """
    try:
        rights = _rights(tenant_id, user_id, schedule_id, export_id)
        if rights is not None:
            background.work(tenant_id, user_id, export_id, builder=_builder_with(rights))
            _mail_link(tenant_id, schedule_id, export_id)
    except jobs.JobRefused:
        background.give_up(tenant_id, user_id, export_id)  # the school is closed


def give_up(tenant_id: UUID, user_id: UUID, schedule_id: UUID | str, export_id: UUID) -> None:
    """Note that the file was tried often enough."""
    background.give_up(tenant_id, user_id, export_id)
    with suppress(jobs.JobRefused), schedules.school_context(tenant_id):
        if not Export.objects.filter(pk=export_id, status=Export.Status.READY).exists():
            person = User.all_objects.get(pk=user_id)
            note(schedule_id, person, _("the file could not be made"))


@jobs.task(queue="exports", retry=jobs.Retry(), given_up=give_up)
def deliver_scheduled_report(
    tenant_id: UUID, user_id: UUID, schedule_id: UUID | str, export_id: UUID
) -> None:
    """Make one recipient's file of a scheduled report and mail its link."""
    deliver(tenant_id, user_id, schedule_id, export_id)


# --- rights ---------------------------------------------------------------------------------------


def _rights(
    tenant_id: UUID, user_id: UUID, schedule_id: UUID | str, export_id: UUID
) -> User | None:
    """Return the person with whose rights the file is made, or None when there is to be none.

    Checked again, because somebody may have lost their rights since the schedule was due.
    """
    with schedules.school_context(tenant_id):
        rows = ReportSchedule.objects.select_for_update(of=["self"]).select_related("owner")
        schedule = rows.filter(pk=schedule_id).first()
        person = User.all_objects.get(pk=user_id)
        if schedule is None:
            _withdraw(export_id, _("The scheduled report was deleted."))
            return None
        if refusal := schedules.stop_reason(schedule):
            _withdraw(export_id, refusal)
            schedules.stop(schedule, refusal)
            return None
        if refusal := schedules.recipient_refusal(schedule, person):
            _withdraw(export_id, refusal)
            note(schedule_id, person, refusal)
            return None
        return schedules.rights_for(schedule, person)


def _withdraw(export_id: UUID, reason: str) -> None:
    Export.objects.unfinished().filter(pk=export_id).update(
        status=Export.Status.FAILED, error=reason, finished_at=timezone.now()
    )


def _builder_with(person: User) -> Callable[[Export, Path, Progress], int]:
    """Return a builder that reads the report's rows with a person's rights.

    Raises `ExportRefused` when they have changed since they were asked.
    """

    def build(export: Export, path: Path, progress: Progress) -> int:
        now = User.all_objects.get(pk=person.pk)
        if not now.is_active or now.role != person.role:
            raise ExportRefused(_("Somebody's rights changed while the file was being made."))
        with rls.tenant_context(rls.current_tenant(), now):
            return KINDS[export.kind].build(export, path, _Uncounted(progress))

    return build


class _Uncounted:
    """Progress without a total, which would have to be counted with the recipient's rights."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def __call__(self, rows_done: int) -> None:
        self.progress(rows_done)

    def measure(self, source: Countable) -> None:
        pass


# --- the mail, and what is noted ------------------------------------------------------------------


def _mail_link(tenant_id: UUID, schedule_id: UUID | str, export_id: UUID) -> None:
    """Queue the mail with the link of a file that is ready; note why there is no file."""
    with schedules.school_context(tenant_id):
        export = Export.objects.select_related("requested_by").get(pk=export_id)
        person = export.requested_by
        if export.status != Export.Status.READY:
            note(schedule_id, person, export.error or _("cancelled"))
            return
        about = {"schedule_id": str(schedule_id), "export_id": str(export_id)}
        if not Mail.objects.filter(kind=KIND, params=about).exists():  # a job may run twice
            mail.send(KIND, recipient=person, **about)


def _note_mail(row: Mail) -> None:
    """Note the outcome of a mail in its schedule's last result."""
    export = Export.objects.filter(pk=row.params["export_id"]).first()
    if row.state == Mail.State.SENT:
        count = (export.row_count if export else None) or 0
        sentence = ngettext("sent, %(count)d row", "sent, %(count)d rows", count)
        sentence %= {"count": count}
    elif row.state == Mail.State.FAILED:
        sentence = _("the mail could not be sent; the file is among the exports")
    else:
        sentence = _("the mail could not be sent yet; it is tried again")
    if row.recipient is not None:
        note(row.params["schedule_id"], row.recipient, sentence)


@mail.kind(KIND, gettext_lazy("Scheduled report"), noted=_note_mail)
def _write(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """Return the template and context of the mail to a recipient whose file is ready."""
    exports = Export.objects.select_related("requested_by").filter(
        status=Export.Status.READY, expires_at__gt=timezone.now()
    )
    export = exports.filter(pk=row.params["export_id"]).first()
    rows = ReportSchedule.objects.select_related("owner")
    schedule = rows.filter(pk=row.params["schedule_id"]).first()
    if export is None or schedule is None:
        raise mail.MailRefused(_("The file is not there any more."))
    report = schedules.report_of(schedule)
    if report is None:
        raise mail.MailRefused(_("This report no longer exists."))
    site = main_site()
    return "reporting/schedules/report", {
        "person": export.requested_by,
        "owner": schedule.owner,
        "schedule": schedule,
        "report": report,
        "school": tenant,
        "period": period(report, export.filters or {}),
        "rows": export.row_count,
        "link": download_url(export, export.requested_by, site),
        "until": formats.date_format(timezone.localtime(export.expires_at), "DATETIME_FORMAT"),
        "site": site,
    }


def period(report: Report, values: Mapping[str, str]) -> str:
    """Return the period of a report as text; "" if it has no such filter."""
    for report_filter in report.filters:
        if isinstance(report_filter, DateRange):
            return report_filter.describe(values) or _("any time")
    return ""


def line(person: User, text: str) -> str:
    """Return one recipient's line of a schedule's last result."""
    return f"{person.name} ({person.email}): {text}"


def note(schedule_id: UUID | str, person: User, text: str) -> None:
    """Note the outcome for a recipient in the schedule's last result."""
    schedule = ReportSchedule.objects.select_for_update().filter(pk=schedule_id).first()
    if schedule is None:
        return
    start, fresh = line(person, ""), line(person, text)
    lines = (schedule.last_result or "").splitlines()
    if any(old.startswith(start) for old in lines):
        lines = [fresh if old.startswith(start) else old for old in lines]
    else:
        lines.append(fresh)
    schedule.last_result = "\n".join(lines)
    schedule.save(update_fields=["last_result"])


def _filename(report: Report, file_format: str) -> str:
    return f"{slugify(report.title)}-{timezone.localtime():%Y-%m-%d-%H%M}.{file_format}"
