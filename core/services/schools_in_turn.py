"""Work that is done in one school after the other, for nobody in particular."""

from django.db import connection

from core import rls
from core.models import Tenant


def add_up(which: str, statement: str, source: str) -> int:
    """Run `statement` in every school that `which` names; return the sum of its numbers.

    `which` is SQL that returns the ids of schools, `statement` returns one number. Each school is
    entered as itself, by the application's own role, in a transaction of its own; `source` is what
    its audit trail keeps.
    """
    with connection.cursor() as cursor:
        cursor.execute(which)
        schools = [Tenant(pk=pk) for (pk,) in cursor.fetchall()]
    return sum(_number(tenant, statement, source) for tenant in schools)


def _number(tenant: Tenant, statement: str, source: str) -> int:
    request = {"source": source}
    with rls.tenant_context(tenant, role="admin", request=request), connection.cursor() as cursor:
        rls.take_time()
        cursor.execute(statement)
        return cursor.fetchone()[0]
