"""What the queue does for itself."""

from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

from core import jobs
from core.services import invitations, retention
from core.services.mail import send_mail

__all__ = ["invitations", "send_mail"]  # invitations: for the kinds of mail that it declares

KEPT_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(name="core.tasks.retry_stalled_jobs", queueing_lock="retry_stalled_jobs", priority=10)
async def retry_stalled_jobs(timestamp: int) -> None:
    """Queue again what a killed worker has left."""
    await jobs.retry_stalled()


@app.periodic(cron="40 2 * * *")
@app.task(name="core.tasks.forget_finished_jobs", queueing_lock="forget_finished_jobs",
          pass_context=True)  # fmt: skip
async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended more than a week ago, however they ended."""
    await remove_old_jobs(
        context,
        max_hours=KEPT_HOURS,
        remove_failed=True,
        remove_cancelled=True,
        remove_aborted=True,
    )


@jobs.periodic("17 3 * * *")
def forget_expired_sessions() -> None:
    """Delete the sessions of every school whose time is over."""
    retention.forget_expired_sessions()


@jobs.periodic("27 3 * * *")
def forget_old_audit_logs() -> None:
    """Delete what has had its time from every school's audit trail."""
    retention.forget_old_audit_logs()
