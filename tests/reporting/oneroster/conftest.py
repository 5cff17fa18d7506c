import pytest
from django.db import connections

from core import hosts
from core.rls import tenant_context
from reporting.oneroster.service import import_bundle
from tests.reporting.oneroster.bundles import bundle_of


@pytest.fixture
def school(cast):
    """An empty school, in its admin context for the length of the test."""
    with tenant_context(cast.platform, cast.operator), connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants (name, subdomain, contact_email)"
            " VALUES ('Empty School', 'empty', 'e@example.com') RETURNING id"
        )
        cursor.execute(
            "INSERT INTO tenant_domains (id, domain, is_primary, tenant_id)"
            " VALUES (gen_random_uuid(), 'empty.localhost', true, %s)",
            [cursor.fetchone()[0]],
        )
    tenant = hosts.load("empty.localhost")
    with tenant_context(tenant, role="admin"):
        yield tenant


@pytest.fixture
def run(school):
    """Import {file: rows} (or a zip) into the empty school; returns the report."""

    def run(files, **options):
        source = bundle_of(files) if isinstance(files, dict) else files
        return import_bundle(source, tenant=school, name="bundle.zip", **options)

    return run
