"""A link between a student and a guardian stays with the two."""

import pytest
from django.db import IntegrityError, transaction

from core.models import StudentGuardian
from core.rls import tenant_context

pytestmark = pytest.mark.database


@pytest.mark.parametrize("change", ["student", "guardian"])
def test_a_link_moves_to_nobody_else(cast, change):
    other = {"student": cast.a.other_student, "guardian": cast.a.other_guardian_record}
    rows = StudentGuardian.objects.filter(pk=cast.a.student_guardian.pk)
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            rows.update(**{change: other[change]})
        diag = error.value.__cause__.diag
        assert (diag.constraint_name, diag.column_name) == (
            "student_guardians_keep_pair",
            "student_id",
        )
        assert rows.update(relation="other", portal_access=False) == 1
