import io
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from core import hosts
from core.models import User
from core.rls import tenant_context
from oneroster.incoming import imports as batches
from oneroster.incoming.service import import_bundle
from oneroster.outgoing.export import write_bundle
from tests.oneroster.bundles import bundle_of


@pytest.fixture
def empty_school(cast):
    """Return a function that makes a school without anybody in it."""

    def make(subdomain):
        with (
            tenant_context(cast.platform, cast.operator),
            connections["default"].cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO tenants (name, subdomain, contact_email)"
                " VALUES ('Empty School', %s, 'e@example.com') RETURNING id",
                [subdomain],
            )
            cursor.execute(
                "INSERT INTO tenant_domains (id, domain, is_primary, tenant_id)"
                " VALUES (gen_random_uuid(), %s, true, %s)",
                [f"{subdomain}.localhost", cursor.fetchone()[0]],
            )
        return hosts.find(f"{subdomain}.localhost")

    return make


@pytest.fixture
def school(empty_school):
    """An empty school, in its admin context for the length of the test."""
    tenant = empty_school("empty")
    with tenant_context(tenant, role="admin"):
        yield tenant


@pytest.fixture
def run(school):
    """Import {file: rows} (or a zip) into the empty school; returns the report."""

    def run(files, **options):
        source = bundle_of(files) if isinstance(files, dict) else files
        return import_bundle(source, tenant=school, name="bundle.zip", **options)

    return run


@pytest.fixture
def admin(school):
    """An admin of the empty school."""
    return User.objects.create_user("office@empty.example", name="Olga Office", role="admin")


@pytest.fixture
def upload(school, admin):
    """Upload and preview {file: rows} as the admin; returns the batch."""

    def upload(files, name="bundle.zip", **options):
        content = bundle_of(files).getvalue() if isinstance(files, dict) else files
        file = SimpleUploadedFile(name, content)
        batch = batches.upload(file, admin, {"demographics": False, "org": None} | options)
        return batches.start_check(batch)

    return upload


@contextmanager
def inside(tenant):
    with tenant_context(tenant, role="admin"):
        yield tenant


def exported():
    """Return the current school's bundle as a binary file."""
    file = io.BytesIO()
    write_bundle(file)
    file.seek(0)
    return file
