"""The school's settings for money, written by the money's office and nobody else."""

import pytest
from django.db import DatabaseError

from core.models import Tenant
from core.rls import tenant_context
from finance.services import settings

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def kept(tenant):
    return Tenant.objects.get(pk=tenant.pk).settings


@pytest.mark.parametrize("role", ["admin", "bursar"])
def test_a_key_is_written_and_the_others_stay(cast, role):
    with tenant_context(cast.a.tenant, getattr(cast.a, role)):
        settings.save(cast.a.tenant, {"payment_days": 14, "tax_name": "VAT"})
        settings.save(cast.a.tenant, {"tax_name": None})
        assert kept(cast.a.tenant) == {"timezone": "Pacific/Auckland", "payment_days": 14}
        assert cast.a.tenant.settings == kept(cast.a.tenant)


@pytest.mark.parametrize("role", ["registrar", "teacher", "student", "guardian"])
def test_nobody_else_writes_one(cast, role):
    person = getattr(cast.a, role)
    with pytest.raises(DatabaseError), tenant_context(cast.a.tenant, person):
        settings.save(cast.a.tenant, {"payment_days": 14})


@pytest.mark.parametrize("role", ["admin", "bursar"])
def test_no_other_setting_of_the_school_is_written_this_way(cast, role):
    person = getattr(cast.a, role)
    with pytest.raises(DatabaseError) as refused, tenant_context(cast.a.tenant, person):
        settings.save(cast.a.tenant, {"timezone": "UTC"})
    assert refused.value.__cause__.diag.constraint_name == "tenants_money_settings"
