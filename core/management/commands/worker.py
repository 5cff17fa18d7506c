"""`manage.py worker`: makes what people have asked for and not waited for."""

import asyncio
import os

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

from core import jobs

CONCURRENCY = 4  # jobs at a time; each has two connections to the database
STOP_SECONDS = 8  # for running jobs to end by themselves; then they are put back into the queue


class Command(BaseCommand):
    help = (
        "Work off the queue: large exports and imports, scheduled reports, cleaning up. Any number"
        " of workers may run; SIGTERM or Ctrl-C stops one, and puts its jobs back."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--concurrency",
            type=int,
            default=os.environ.get("WORKER_CONCURRENCY") or CONCURRENCY,
            help=f"jobs at a time (environment WORKER_CONCURRENCY; default {CONCURRENCY})",
        )
        parser.add_argument(
            "--until-empty",
            action="store_true",
            help="end when nothing is left to do",
        )

    def handle(self, *, concurrency, until_empty, verbosity, **options):
        connector = app.connector.get_worker_connector()
        with app.replace_connector(connector):
            asyncio.run(self._work(concurrency, until_empty, verbosity))

    async def _work(self, concurrency, until_empty, verbosity):
        async with app.open_async():
            await app.job_manager.prune_stalled_workers(jobs.STALLED_SECONDS)
            await jobs.retry_stalled()
            if verbosity:
                self.stdout.write("Waiting for work. Stop with Ctrl-C.")
            await app.run_worker_async(
                wait=not until_empty,
                concurrency=concurrency,
                update_heartbeat_interval=jobs.HEARTBEAT_SECONDS,
                stalled_worker_timeout=jobs.STALLED_SECONDS,
                shutdown_graceful_timeout=STOP_SECONDS,
            )
