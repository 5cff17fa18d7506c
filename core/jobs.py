"""Work that goes on after the answer: jobs in PostgreSQL, each in its school's context.

A job's arguments are ids only (school, person, row). What is to be done stands in the row, which is
read under the policies of that person: a forged job can at most repeat what they had asked for.
"""

import functools
from contextlib import contextmanager

from django.db import close_old_connections, connections
from django.utils import timezone
from procrastinate.contrib.django import app

from core import rls
from core.models import Tenant, User


class JobRefused(Exception):
    """The person or school of a job is no longer active; nothing is done."""


@contextmanager
def job_context(tenant_id, user_id, source):
    """Run the block in one transaction as the person a job is for, in the school's time zone.

    `source` names the job in the audit trail. Raises `JobRefused` when the school or the person is
    gone or suspended: rights count at the moment of the work.
    """
    tenant = Tenant(pk=tenant_id)
    with rls.tenant_context(tenant, role="admin"):
        tenant = Tenant.objects.filter(pk=tenant_id, status=Tenant.Status.ACTIVE).first()
        user = User.objects.filter(pk=user_id).first() if tenant else None
    if tenant is None or user is None or not user.is_active:
        raise JobRefused
    with (
        timezone.override(tenant.timezone),
        rls.tenant_context(tenant, user, request={"source": source}),
    ):
        yield tenant, user


def task(function=None, **options):
    """Register a function as a job (options: procrastinate's); its thread's connections are closed.

    The name of a job is the function's module and name.
    """
    if function is None:
        return functools.partial(task, **options)

    @functools.wraps(function)
    def run(*args, **kwargs):
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return app.task(name=f"{function.__module__}.{function.__name__}", **options)(run)
