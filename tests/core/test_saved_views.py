"""Saved views that are shared, to whoever asks the database itself."""

import pytest
from django.db import connection

from core.rls import tenant_context
from tests.core.test_policies import tried
from tests.factories import core

pytestmark = [pytest.mark.django_db, pytest.mark.database]
MAY = {
    # role -> whether it reads, changes and deletes another person's shared view, and shares its own
    "admin": (True, False, True, True),
    "registrar": (True, False, False, True),
    "bursar": (True, False, False, True),
    "teacher": (False, False, False, False),
    "student": (False, False, False, False),
    "guardian": (False, False, False, False),
}


@pytest.mark.parametrize("role", MAY)
def test_shared_views_are_the_offices(cast, role):
    school = cast.a
    owner = school.bursar if role == "registrar" else school.registrar
    with tenant_context(school.tenant, owner):
        view = core.saved_view(user=owner, is_shared=True)
    person = getattr(school, role)
    with tenant_context(school.tenant, person):
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege('saved_views', 'SELECT')")
            sees = cursor.fetchone()[0]
            if sees:
                cursor.execute("SELECT id FROM saved_views WHERE id = %s", [view.pk])
                sees = cursor.fetchone() is not None
        changes = tried("UPDATE saved_views SET name = 'x' WHERE id = %s", [view.pk])
        deletes = tried("DELETE FROM saved_views WHERE id = %s", [view.pk])
        shares = tried(
            "INSERT INTO saved_views (tenant_id, user_id, list_name, name, is_shared)"
            " VALUES (%s, %s, 'core.user', 'y', true)",
            [school.tenant.pk, person.pk],
        )
    assert (sees, changes, deletes, shares) == MAY[role]
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not tried("DELETE FROM saved_views WHERE id = %s", [view.pk])
