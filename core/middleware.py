"""From the host name to the school, its context and the person: in this order, once a request."""

import uuid
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core.exceptions import BadRequest
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, Error
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_tenants.middleware.main import TenantMainMiddleware

from core import constraints, hosts, rls
from core.models import Tenant

CLOSED = {
    # status -> (HTTP status, template)
    Tenant.Status.SUSPENDED: (503, "closed/suspended.html"),
    Tenant.Status.ARCHIVED: (410, "closed/archived.html"),
}


def client_address(request):
    """Return the client's IP address: the last hop of X-Forwarded-For when behind our proxy."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR")


class HealthMiddleware:
    """Answers /healthz and /readyz on any host, before a school is looked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            problem = self.problem()
            return HttpResponse(
                f"{problem or 'ready'}\n",
                content_type="text/plain",
                status=503 if problem else 200,
            )
        return self.get_response(request)

    @staticmethod
    def problem():
        """Return why requests cannot be served, or None."""
        try:
            executor = MigrationExecutor(connections["default"])
            pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Error:
            return "database not reachable"
        return "migrations not applied" if pending else None


class TenantMiddleware(TenantMainMiddleware):
    """Finds the school of the host name and its URLconf; tells when it is closed."""

    def process_request(self, request):
        host = self.hostname_from_request(request).lower().rstrip(".")
        tenant = hosts.find(host)
        if tenant is None:
            return render(request, "closed/unknown.html", {"host": host}, status=404)
        tenant.domain_url = host
        request.tenant = tenant
        if tenant.status in CLOSED:
            status, template = CLOSED[tenant.status]
            response = render(request, template, {"tenant": tenant}, status=status)
            response._has_been_logged = True  # a closed school is no error of the server
            return response
        self.setup_url_routing(request)
        return None


class ContextMiddleware:
    """Runs the whole request in one transaction under the school's context."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
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
    def describe(request):
        """Return what the audit trail keeps of a request."""
        return {
            "request_id": request.id,
            "ip_address": client_address(request),
            "user_agent": request.headers.get("User-Agent", "")[:300],
        }

    def process_exception(self, request, exception):
        """Undo the request's work; answer a refusal of the database with its sentence."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        if isinstance(exception, DatabaseError):
            refusal = constraints.explain(exception)
            if refusal is not None:
                return render(request, "refused.html", {"message": refusal.message}, status=409)
        return None


class UserMiddleware(AuthenticationMiddleware):
    """Knows the person before the view runs, because the context must name them."""

    def process_request(self, request):
        super().process_request(request)
        if request.user.is_authenticated:
            rls.become(request.user)
            request.user.tenant = request.tenant
