"""The database is busy, restarting, full or gone: a page that says so, and never a bare 500.

Every such answer has status 503 and `Retry-After`. What was sent with a form comes back in the
page, so that one press of a button sends it again; passwords and files do not.
"""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

logger = logging.getLogger(__name__)

BUSY = gettext_lazy("The school's records are busy right now.")
SLOW = gettext_lazy("This took too long, so it was stopped.")
GONE = gettext_lazy("The database cannot be reached right now.")
FULL = gettext_lazy("The server's disk is full. Tell the people who run this application.")
# SQLSTATE, or its class -> (sentence, seconds until another try is worth while).
REASONS = {
    "55P03": (BUSY, 5),  # lock_timeout
    "57014": (SLOW, 30),  # statement_timeout
    "25P03": (SLOW, 30),  # idle_in_transaction_session_timeout
    "53100": (FULL, 300),
    "53": (GONE, 10),  # too many connections, out of memory
    "57": (GONE, 5),  # shut down, starting up, terminated
    "08": (GONE, 5),  # no connection, or it broke
    "25006": (GONE, 30),  # a standby after a failover takes no writes
}
LOST = (GONE, 5)  # what libpq and the pool notice by themselves has no SQLSTATE
LIBPQ_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError)
ERRORS = (Error, psycopg.Error, OSError)  # among which `explain` looks
SECRET = ("password", "token", "csrf")  # parts of names of fields that never come back


@dataclass(frozen=True)
class Unavailable:
    """Why a request cannot be served now: a sentence, and seconds until it may be."""

    reason: str | StrPromise
    retry_after: int


def explain(error: BaseException) -> Unavailable | None:
    """Return the `Unavailable` that an exception stands for, or None for any other fault."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(*REASONS["53100"])
    cause = error.__cause__ if isinstance(error, Error) else error
    if not isinstance(cause, psycopg.Error):
        return None
    state = cause.sqlstate
    if state is not None:
        reason = REASONS.get(state) or REASONS.get(state[:2])
    else:
        reason = LOST if isinstance(cause, LIBPQ_ERRORS) else None
    return Unavailable(*reason) if reason else None


def is_full(error: BaseException) -> bool:
    """Return whether an exception says that a disk is full: trying again soon is no use."""
    refusal = explain(error)
    return refusal is not None and refusal.reason == FULL


def answer(request: HttpRequest, unavailable: Unavailable) -> HttpResponse:
    """Return the 503 page, which needs no database."""
    logger.warning("%s %s: %s", request.method, request.path, unavailable.reason)
    context = {
        "title": _("Not available right now"),
        "school": getattr(request, "tenant", None),
        "reason": unavailable.reason,
        "is_unavailable": True,  # the page asks nobody who is signed in
        "sent": _sent(request),
        "is_incomplete": _is_incomplete(request),
    }
    response = HttpResponse(render_to_string("unavailable.html", context, request), status=503)
    response.headers["Retry-After"] = str(unavailable.retry_after)
    response.headers["Cache-Control"] = "no-store"
    vars(response)["_has_been_logged"] = True
    return response


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    """Return (name, value) of everything that was sent with a form and may be shown again."""
    if request.method != "POST":
        return []
    lists = request.POST.lists()
    return [(name, value) for name, values in lists for value in values if not _is_secret(name)]


def _is_incomplete(request: HttpRequest) -> bool:
    """Return whether something was sent that the page does not hold."""
    sent = request.POST.keys() - {"csrfmiddlewaretoken"} if request.method == "POST" else ()
    return any(map(_is_secret, sent)) or (request.method == "POST" and bool(request.FILES))


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in SECRET)
