"""The files and mails of a scheduled report: one job a recipient.

The mail holds a link, never the file, and nothing about pupils: a filter may be a pupil's name, so
of the filters only the period is told. A mail that fails is tried again; the file stays.
"""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from procrastinate import retry
from procrastinate.exceptions import JobAborted

from core import jobs, rls
from core.models import Domain, User
from core.services.invitations import site_url
from reporting.catalog.filters import DateRange
from reporting.exports import background, download_url
from reporting.exports.builders import builder_for
from reporting.exports.errors import ExportRefused
from reporting.models import Export, ReportSchedule
from reporting.services import schedules

WAITING = gettext_lazy("waiting")
RUNS = 6  # over some hours: a mail server may be down for a while


class PatientRetry(jobs.Retry):
    """Tries again after 1, 4, 16, 64 and 256 minutes."""

    def get_retry_decision(self, *, exception, job):
        if isinstance(exception, JobAborted):
            return super().get_retry_decision(exception=exception, job=job)
        if job.attempts + 1 >= RUNS:
            return None
        return retry.RetryDecision(retry_in={"minutes": 4**job.attempts})


def queue(schedule, report, filters, person):
    """Queue the file of one recipient, in the school's context and the current transaction."""
    from reporting import tasks  # it imports this module

    export = Export.objects.create(
        kind=Export.Kind.REPORT,
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
        expires_at=timezone.now() + timedelta(days=settings.EXPORT_KEPT_DAYS),
    )
    jobs.defer(
        tasks.deliver_scheduled_report,
        lock=f"exports-{person.pk}",
        tenant_id=export.tenant_id,
        user_id=person.pk,
        schedule_id=schedule.pk,
        export_id=export.pk,
    )


def deliver(tenant_id, user_id, schedule_id, export_id):
    """Make a recipient's file, unless it is there, and mail its link; note how it went.

    Raises what the file or the mail failed of, for the queue to try again.
    """
    try:
        rights = _rights(tenant_id, user_id, schedule_id, export_id)
        if rights is not None:
            background.work(tenant_id, user_id, export_id, builder=_builder_with(rights))
            _tell(tenant_id, schedule_id, export_id)
    except jobs.JobRefused:
        background.give_up(tenant_id, user_id, export_id)  # the school is closed


def give_up(tenant_id, user_id, schedule_id, export_id):
    """Note that the file or its mail was tried often enough."""
    background.give_up(tenant_id, user_id, export_id)
    sentence = _("the mail could not be sent; the file is among the exports")
    with suppress(jobs.JobRefused), schedules.school_context(tenant_id):
        if not Export.objects.filter(pk=export_id, status=Export.Status.READY).exists():
            sentence = _("the file could not be made")
        note(schedule_id, User.all_objects.get(pk=user_id), sentence)


# --- rights ---------------------------------------------------------------------------------------


def _rights(tenant_id, user_id, schedule_id, export_id):
    """Return the person with whose rights the file is made, or None when there is to be none.

    Asked again now: between the due moment and this one somebody may have lost their rights.
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


def _withdraw(export_id, reason):
    Export.objects.unfinished().filter(pk=export_id).update(
        status=Export.Status.FAILED, error=reason, finished_at=timezone.now()
    )


def _builder_with(person):
    """Return a builder that reads the report's rows with a person's rights.

    Raises `ExportRefused` when they have changed since they were asked.
    """

    def build(export, path, progress):
        now = User.all_objects.get(pk=person.pk)
        if not now.is_active or now.role != person.role:
            raise ExportRefused(_("Somebody's rights changed while the file was being made."))
        with rls.tenant_context(rls.current_tenant(), now):
            return builder_for(export.kind)(export, path, _Uncounted(progress))

    return build


class _Uncounted:
    """Progress without an end: it would be counted with the recipient's rights."""

    def __init__(self, progress):
        self.progress = progress

    def __call__(self, rows_done):
        self.progress(rows_done)

    def measure(self, source):
        pass


# --- the mail, and what is noted ------------------------------------------------------------------


def _tell(tenant_id, schedule_id, export_id):
    """Mail the link of a file that is ready, and note it; note why there is no file."""
    with schedules.school_context(tenant_id) as tenant:
        export = Export.objects.select_related("requested_by").get(pk=export_id)
        person = export.requested_by
        if export.status != Export.Status.READY:
            note(schedule_id, person, export.error or _("cancelled"))
            return
        schedule = ReportSchedule.objects.select_related("owner").get(pk=schedule_id)
        mail = message(tenant, schedule, export)
    # No transaction waits for the mail server.
    try:
        mail.send()
    except Exception:
        with schedules.school_context(tenant_id):
            note(schedule_id, person, _("the mail could not be sent yet; it is tried again"))
        raise
    with schedules.school_context(tenant_id):
        sent = ngettext("sent, %(count)d row", "sent, %(count)d rows", export.row_count)
        note(schedule_id, person, sent % {"count": export.row_count})


def message(tenant, schedule, export):
    """Return the mail to a recipient whose file is ready, in the school's context."""
    report = schedules.report_of(schedule)
    site = site_url(Domain.objects.get(is_primary=True).domain)
    context = {
        "person": export.requested_by,
        "owner": schedule.owner,
        "schedule": schedule,
        "report": report,
        "school": tenant,
        "period": period(report, export.filters),
        "rows": export.row_count,
        "link": download_url(export, export.requested_by, site),
        "until": formats.date_format(timezone.localtime(export.expires_at), "DATETIME_FORMAT"),
        "site": site,
    }
    subject = " ".join(render_to_string("schedules/report_subject.txt", context).split())
    body = render_to_string("schedules/report_email.txt", context)
    return EmailMessage(subject, body, to=[export.requested_by.email])


def period(report, values):
    """Return the days that a report is about as text; "" when it has no such filter."""
    for report_filter in report.filters:
        if isinstance(report_filter, DateRange):
            return report_filter.describe(values) or _("any time")
    return ""


def line(person, text):
    """Return one recipient's line of a schedule's last result."""
    return f"{person.name} ({person.email}): {text}"


def note(schedule_id, person, text):
    """Write how a recipient fared into the schedule's last result."""
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


def _filename(report, file_format):
    return f"{slugify(report.title)}-{timezone.localtime():%Y-%m-%d-%H%M}.{file_format}"
