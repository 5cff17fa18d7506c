"""From the host name to the school, its context and the person: in this order, once a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.core.exceptions import BadRequest
from django.db import transaction
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_tenants.middleware.main import TenantMainMiddleware

from core import constraints, hosts, rls, unavailable
from core.http import SchoolRequest
from core.models import Tenant

if TYPE_CHECKING:
    from typing import Any as Base  # what stands behind it in each middleware
else:
    Base = object

CLOSED: dict[str, tuple[int, str]] = {
    # status -> (HTTP status, template)
    Tenant.Status.SUSPENDED: (503, "core/closed/suspended.html"),
    Tenant.Status.ARCHIVED: (410, "core/closed/archived.html"),
}


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address: the last hop of X-Forwarded-For when behind our proxy."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR")


class AnswersUnavailable(Base):
    """A middleware whose own faults of the database are answered by a 503 page.

    Django turns what a middleware raises into a 500 right where it was raised.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.respond(cast(SchoolRequest, request))
        except unavailable.ERRORS as error:
            if reason := unavailable.explain(error):
                return unavailable.answer(request, reason)
            raise

    def respond(self, request: SchoolRequest) -> HttpResponse:
        return super().__call__(request)


class SessionMiddleware(AnswersUnavailable, DjangoSessionMiddleware):
    """Django's, which reads and writes the table of sessions."""


class TenantMiddleware(AnswersUnavailable, TenantMainMiddleware):
    """Finds the school of the host name and its URLconf; answers for a closed one."""

    def process_request(self, request: SchoolRequest) -> HttpResponse | None:
        host = self.hostname_from_request(request).lower().rstrip(".")
        tenant = hosts.find(host)
        if tenant is None:
            return render(request, "core/closed/unknown.html", {"host": host}, status=404)
        tenant.domain_url = host
        request.tenant = tenant
        if tenant.status in CLOSED:
            status, template = CLOSED[tenant.status]
            context = {"tenant": tenant, "contact": hosts.platform_contact()}
            response = render(request, template, context, status=status)
            vars(response)["_has_been_logged"] = True  # a closed school is no error of the server
            return response
        self.setup_url_routing(request)
        return None


class ContextMiddleware(AnswersUnavailable):
    """Runs the whole request in one transaction under the school's context."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def respond(self, request: SchoolRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex
        # No text of PostgreSQL holds it; every filter would have to refuse it by itself.
        if "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            raise BadRequest("A NUL character in the address.")
        with (
            timezone.override(request.tenant.timezone),
            rls.tenant_context(request.tenant, request=self.describe(request)),
        ):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        response.headers["X-Request-ID"] = request.id
        return response

    @staticmethod
    def describe(request: SchoolRequest) -> dict[str, str | None]:
        """Return what the audit trail keeps of a request."""
        return {
            "request_id": request.id,
            "ip_address": client_address(request),
            "user_agent": request.headers.get("User-Agent", "")[:300],
        }

    def process_view(
        self,
        request: SchoolRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Read what was sent; where a disk is too full to take it in, no view is reached."""
        try:
            request.POST  # noqa: B018
        except OSError as error:
            if reason := unavailable.explain(error):
                request._mark_post_parse_error()  # type: ignore[attr-defined]  # private
                return unavailable.answer(request, reason)
        return None

    def process_exception(
        self, request: SchoolRequest, exception: Exception
    ) -> HttpResponse | None:
        """Undo the request's work; answer a refusal of the database with its sentence."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        if reason := unavailable.explain(exception):
            return unavailable.answer(request, reason)
        if isinstance(exception, DatabaseError):
            refusal = constraints.explain(exception)
            if refusal is not None:
                return render(request, "refused.html", {"message": refusal.message}, status=409)
        return None


class UserMiddleware(AnswersUnavailable, AuthenticationMiddleware):
    """Knows the person before the view runs, because the context must name them."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.user.is_authenticated:
            rls.become(request.user)
            request.user.tenant = cast(SchoolRequest, request).tenant
