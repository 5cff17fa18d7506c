"""What the queue does for itself."""

from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app

from core import jobs

KEPT_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(name="core.tasks.retry_stalled_jobs", queueing_lock="retry_stalled_jobs", priority=10)
async def retry_stalled_jobs(timestamp):
    """Queue again what a killed worker has left."""
    await jobs.retry_stalled()


@app.periodic(cron="40 2 * * *")
@app.task(name="core.tasks.forget_finished_jobs", queueing_lock="forget_finished_jobs",
          pass_context=True)  # fmt: skip
async def forget_finished_jobs(context, timestamp):
    """Remove jobs that ended more than a week ago, however they ended."""
    await remove_old_jobs(
        context,
        max_hours=KEPT_HOURS,
        remove_failed=True,
        remove_cancelled=True,
        remove_aborted=True,
    )
