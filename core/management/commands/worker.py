"""`manage.py worker`: makes what people have asked for and not waited for."""

import asyncio
import os
import signal
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandParser
from django.db.utils import InterfaceError, OperationalError
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from core import jobs
from core.database.errors import one_line

CONCURRENCY = 4  # jobs at a time; each has two connections to the database
STOP_SECONDS = 8  # for running jobs to end by themselves; then they are put back into the queue
PAUSE_SECONDS = 2  # before it looks again whether a lost database is back
# What says that the database is gone; anything else is a fault that ends the worker.
LOST = (ConnectorException, OperationalError, InterfaceError, psycopg.OperationalError)


class Command(BaseCommand):
    help = (
        "Work off the queue: large exports and imports, scheduled reports, cleaning up. Any number"
        " of workers may run; SIGTERM or Ctrl-C stops one, and puts its jobs back. Without a"
        " database it waits until that is back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
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

    def handle(
        self, *, concurrency: int, until_empty: bool, verbosity: int, **options: Any
    ) -> None:
        try:
            asyncio.run(self._work_until_stopped(concurrency, until_empty, verbosity))
        except asyncio.CancelledError:
            return

    async def _work_until_stopped(
        self, concurrency: int, until_empty: bool, verbosity: int
    ) -> None:
        """Work, and begin again whenever the database was lost and is back."""
        _cancel_at_the_first_signal()
        while True:
            try:
                with app.replace_connector(jobs.worker_connector()):
                    await self._work(concurrency, until_empty, verbosity)
                if until_empty:
                    return
                reason = "its connection broke"  # procrastinate has logged why
            except LOST as error:
                reason = one_line(error)
            self.stderr.write(f"The database cannot be reached ({reason}); trying again.")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _work(self, concurrency: int, until_empty: bool, verbosity: int) -> None:
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
                install_signal_handlers=False,  # it would not say whether a signal ended it
            )


def _cancel_at_the_first_signal() -> None:
    """Have SIGINT and SIGTERM cancel the running task, once: it then ends in good order."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: None)
        if task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
