"""What families read of a record, on the page of their own details."""

import pytest
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from tests.pages import shown

pytestmark = pytest.mark.django_db

METADATA = {"club": "Chess", "seat": "Seat 4B", "locker": "Locker 117"}


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("student", True),
        ("guardian", True),
        ("other_student", False),
        ("other_guardian", False),
        ("teacher", False),  # of a student, on the student's page
    ],
)
def test_a_family_reads_what_is_open_to_it(client, cast, sign_in, who, reads):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(metadata=METADATA)
    sign_in(client, cast.a, getattr(cast.a, who))
    page = shown(client.get(reverse("profile")))
    assert ("Chess" in page) is reads
    assert "Seat 4B" not in page
    assert "Locker 117" not in page
