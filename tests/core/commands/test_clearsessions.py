from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.models import Session


@pytest.mark.django_db(databases=["default", "owner"])
def test_clearsessions_removes_the_expired_ones_of_every_school(cast):
    sessions = Session.objects.using("owner")
    for school in (cast.a, cast.b):
        for name, hours in (("old", -1), ("new", 1)):
            sessions.create(
                session_key=f"{name}-{school.tenant.subdomain}",
                session_data="",
                expire_date=timezone.now() + timedelta(hours=hours),
                tenant=school.tenant,
            )

    call_command("clearsessions")

    # Those of the browser tests' school may be there too.
    left = sessions.filter(tenant__in=[cast.a.tenant, cast.b.tenant])
    assert set(left.values_list("session_key", flat=True)) == {"new-school-a", "new-school-b"}
