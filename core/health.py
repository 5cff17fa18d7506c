"""/healthz and /readyz, on any host, before a school is looked for.

/healthz says that the process is up. /readyz is JSON, for monitors; its status is 200 while pages
can be served, else 503 with the reason:

    {"ready": true, "problem": null,
     "worker": {"alive": true}, "jobs": {"oldest_waiting_seconds": 0, "failed": 0}}

Whether a worker is alive and what waits for it is for the monitor to judge: pages are served
without.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from core import jobs

WORKER_UNKNOWN: dict[str, bool | None] = {"alive": None}
JOBS_UNKNOWN: dict[str, int | None] = {"oldest_waiting_seconds": None, "failed": None}


class HealthMiddleware:
    """Answers /healthz and /readyz."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            answer = readiness()
            response = JsonResponse(answer, status=200 if answer["ready"] else 503)
            if not answer["ready"]:
                response.headers["Retry-After"] = "5"
            return response
        return self.get_response(request)


def readiness() -> dict[str, Any]:
    """Return what /readyz answers, as a dict."""
    worker, queue = WORKER_UNKNOWN, JOBS_UNKNOWN
    try:
        problem = static_problem() or database_problem()
        if problem is None:
            worker, queue = {"alive": jobs.worker_is_there()}, {**jobs.queue_state()}
    except Error:
        problem = "database not reachable"
    return {"ready": problem is None, "problem": problem, "worker": worker, "jobs": queue}


def database_problem() -> str | None:
    """Return what is wrong with the database, or None; raises `Error` where it does not answer."""
    executor = MigrationExecutor(connections["default"])
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "migrations not applied" if pending else None


def static_problem() -> str | None:
    """Return why pages would lack their styles, or fail, or None.

    A process reads the manifest when it starts; without one every page is an error.
    """
    try:
        if not isinstance(staticfiles_storage, ManifestFilesMixin):  # made here, at its first use
            return None
        if staticfiles_storage.read_manifest() is None:
            return "static files not collected"
    except (OSError, ValueError):  # ValueError: the manifest is no JSON
        return "static files not readable"
    return None if staticfiles_storage.hashed_files else "static files collected after the start"
