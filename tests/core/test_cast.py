import pytest
from django.db import connection

from core.models import User
from core.rls import tenant_context


@pytest.mark.django_db
def test_tests_run_as_the_application_role(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("school_app", False, False)


def test_each_school_sees_its_own_people_only(cast):
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            assert set(User.objects.all()) == {
                school.admin,
                school.registrar,
                school.bursar,
                school.teacher,
                school.outsider,
                school.student,
                school.other_student,
                school.guardian,
                school.other_guardian,
            }
