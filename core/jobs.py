"""Work that goes on after the answer: jobs in PostgreSQL, each in its school's context.

A job's arguments are ids only (school, person, row). What is to be done stands in the row, which is
read under the policies of that person. Who may queue what is decided by core/sql/job_queue.sql: a
request a job of its own school, in its person's name; the queue itself is the worker's alone.

A worker (`manage.py worker`) that is killed leaves its jobs behind; the next look of any worker
(`core.tasks`) queues them again. So a job may run twice, and is written for that.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection, connections
from django.utils import timezone
from procrastinate import exceptions, jobs, retry
from procrastinate.contrib.django import app, connector_params
from procrastinate.job_context import JobContext
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.types import TimeDeltaParams
from psycopg.types.json import Jsonb

from core import rls
from core.database.roles import ACTING
from core.models import Tenant, User

logger = logging.getLogger(__name__)

RUNS = 3  # times that a job is tried before it is given up
RETRY_SECONDS = 10  # before the second run; twice that before the third
HEARTBEAT_SECONDS = 10
STALLED_SECONDS = 30  # without a heartbeat: the worker is taken for dead

QUEUE = "CALL app.queue_job(%s, %s, %s, %s)"
HURRY = "CALL app.hurry_job(%s, %s, NULL)"

_running: ContextVar[JobContext | None] = ContextVar("running", default=None)
# Name of a job -> what is called with its arguments when it is given up; and how often it is tried.
_given_up: dict[str, Callable[..., None]] = {}
_runs: dict[str, int] = {}


class JobRefused(Exception):
    """The person or school of a job is no longer active; nothing is done."""


@contextmanager
def job_context(
    tenant_id: UUID | str, user_id: UUID | str, source: str
) -> Iterator[tuple[Tenant, User]]:
    """Run the block in one transaction as the person a job is for, in the school's time zone.

    `source` names the job in the audit trail. Raises `JobRefused` when the school or the person is
    gone or suspended: rights count at the moment of the work.
    """
    with rls.tenant_context(Tenant(pk=tenant_id), role="admin"):
        tenant = Tenant.objects.filter(pk=tenant_id, status=Tenant.Status.ACTIVE).first()
        user = User.objects.filter(pk=user_id).first() if tenant else None
    if tenant is None or user is None or not user.is_active:
        raise JobRefused
    user.tenant = tenant
    with (
        timezone.override(tenant.timezone),
        rls.tenant_context(tenant, user, request={"source": source}),
    ):
        rls.take_time()
        yield tenant, user


@contextmanager
def school_context(tenant_id: UUID | str, source: str) -> Iterator[Tenant]:
    """Run the block in one transaction for the school itself (role admin), by its clock.

    Raises `JobRefused` when the school is gone or closed.
    """
    with rls.tenant_context(Tenant(pk=tenant_id), role="admin"):
        tenant = Tenant.objects.filter(pk=tenant_id, status=Tenant.Status.ACTIVE).first()
    if tenant is None:
        raise JobRefused
    with (
        timezone.override(tenant.timezone),
        rls.tenant_context(tenant, role="admin", request={"source": source}),
    ):
        rls.take_time()
        yield tenant


class Retry(retry.BaseRetryStrategy):
    """Tries a job that failed `RUNS` times; one that a stopping worker put down, at once again."""

    runs = RUNS

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> retry.RetryDecision | None:
        if isinstance(exception, exceptions.JobAborted):
            return retry.RetryDecision(retry_at=timezone.now())
        if job.attempts + 1 >= self.runs:
            return None
        return retry.RetryDecision(retry_in=self.pause(job.attempts))

    def pause(self, attempts: int) -> TimeDeltaParams:
        """Return how long to wait after so many earlier runs that failed."""
        return {"seconds": RETRY_SECONDS * (attempts + 1)}


class PatientRetry(Retry):
    """Tries again with growing pauses for a day: a mail server may be down for a while."""

    minutes = (1, 4, 15, 60, 180, 480, 720)
    runs = len(minutes) + 1

    def pause(self, attempts: int) -> TimeDeltaParams:
        return {"minutes": self.minutes[attempts]}


def task(
    function: Callable[..., None] | None = None,
    *,
    given_up: Callable[..., None] | None = None,
    **options: Any,
) -> Any:
    """Register a function as a job (options: procrastinate's); its thread's connections are closed.

    The name of a job is the function's module and name. With `retry=jobs.Retry()` a job that fails
    is tried again. `given_up` is called with the job's arguments after the last run that failed,
    or whose worker was killed.
    """
    if function is None:
        return functools.partial(task, given_up=given_up, **options)
    name = f"{function.__module__}.{function.__name__}"
    strategy = options.get("retry")

    @functools.wraps(function)
    def run(context: JobContext | None = None, /, **arguments: Any) -> None:
        close_old_connections()
        token = _running.set(context)
        try:
            return function(**arguments)
        except exceptions.JobAborted:
            raise
        except Exception as error:
            last = context and not (strategy and strategy.get_retry_decision(
                exception=error, job=context.job))  # fmt: skip
            if last and given_up:
                given_up(**arguments)
            raise
        finally:
            _running.reset(token)
            connections.close_all()

    if given_up:
        _given_up[name] = given_up
    if isinstance(strategy, Retry):
        _runs[name] = strategy.runs
    return app.task(name=name, pass_context=True, **options)(run)


def periodic(cron: str, **options: Any) -> Callable[[Callable[[], None]], Any]:
    """Decorate a function without arguments to run as a job whenever `cron` says (UTC)."""

    def decorate(function: Callable[[], None]) -> Any:
        @functools.wraps(function)
        def tick(timestamp: int) -> None:
            function()

        name = f"{function.__module__}.{function.__name__}"
        return app.periodic(cron=cron)(task(tick, queueing_lock=name, **options))

    return decorate


def defer(task: Any, *, lock: str | None = None, **ids: object) -> None:
    """Queue a job of the context's school in the current transaction: it exists when that commits.

    Its arguments are the school's id (`tenant_id`) and `ids`; a `user_id` is one's own, unless the
    office queues it. Of a school's jobs with the same `lock` one runs at a time, in their order.
    """
    with rls.as_application(), connection.cursor() as cursor:
        cursor.execute(QUEUE, [task.name, task.queue, lock, _arguments(ids)])


def hurry(task: Any, **ids: object) -> int:
    """Let the school's jobs with these ids that wait for another try run now; return how many."""
    with rls.as_application(), connection.cursor() as cursor:
        cursor.execute(HURRY, [task.name, _arguments(ids)])
        return cursor.fetchone()[0]


def _arguments(ids: Mapping[str, object]) -> Any:  # Django's stubs know no Jsonb
    return Jsonb({name: str(value) for name, value in ids.items()})


def stopping() -> Callable[[], bool]:
    """Return a function that says whether the worker of this job wants it to stop."""
    context = _running.get()
    return context.should_abort if context else lambda: False


def worker_is_there() -> bool:
    """Return whether a worker has given a sign of life in the last minute."""
    with rls.as_application(), connection.cursor() as cursor:
        cursor.execute("SELECT app.worker_is_there()")
        return cursor.fetchone()[0]


def queue_state() -> dict[str, int]:
    """Return how long the oldest due job waits, in seconds, and how many jobs were given up.

    Of all schools together, and asked by nobody: who is signed in gets nothing.
    """
    with rls.as_application(), connection.cursor() as cursor:
        cursor.execute("SELECT oldest, failed FROM app.queue_state()")
        oldest, failed = cursor.fetchone()
    return {"oldest_waiting_seconds": oldest, "failed": failed}


class WorkerConnector(PsycopgConnector):
    """The worker's own connections, which act as the role that has the queue.

    In each transaction anew, so that a pooler may hand the connection on in between.
    """

    @asynccontextmanager
    async def _get_cursor(self, connection: Any = None) -> AsyncIterator[Any]:
        async with super()._get_cursor(connection) as cursor, cursor.connection.transaction():
            await cursor.execute(f"SET LOCAL ROLE {ACTING['worker']}")
            yield cursor


def worker_connector() -> WorkerConnector:
    """Return what a worker opens, and works off the queue with."""
    return WorkerConnector(kwargs=connector_params())


async def retry_stalled() -> None:
    """Queue again what dead workers have left, and give up what has been tried often enough."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        logger.warning(
            "Job %s was left by a dead worker (run %s).", job.task_name, job.attempts + 1
        )
        if job.attempts + 1 < _runs.get(job.task_name, RUNS):
            await manager.retry_job(job)
            continue
        if given_up := _given_up.get(job.task_name):
            await sync_to_async(_call)(given_up, job.task_kwargs)
        await manager.finish_job_by_id_async(
            cast(int, job.id), jobs.Status.FAILED, delete_job=False
        )


def _call(given_up: Callable[..., None], arguments: Mapping[str, Any]) -> None:
    try:
        given_up(**arguments)
    finally:
        connections.close_all()
