"""The policy table is declared once: files, privileges and the admin's rights follow from it."""

import pytest
from django.apps import apps
from django.conf import settings

from core import permissions, policies
from core.database.roles import ACTING

COMMANDS = {"view": "select", "add": "insert", "change": "update", "delete": "delete"}


def test_the_files_are_what_the_declaration_says():
    for path, text in policies.files(settings.BASE_DIR).items():
        assert path.read_text(encoding="utf-8") == text, f"manage.py policies would change {path}"


def test_every_policy_starts_with_the_tenant_test_or_is_the_platforms():
    for policy in policies.policies().values():
        column = policies.TENANT_COLUMN.get(policy.table, "tenant_id")
        starts = policy.condition.startswith(f"{column} = app.tenant_id()")
        assert starts or (policy.role, policy.condition) == ("operator", "app.is_operator()")


def test_every_table_of_a_school_is_declared():
    of_schools = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.managed
        and {"tenant", "tenant_id"} & {field.name for field in model._meta.fields}
    }
    assert of_schools - policies.tables().keys() == set()


def offered():
    """Every (table, role, action) that the admin offers a role on some page."""
    for table, platform in (
        (permissions.POLICY_TABLE | permissions.INLINE_TABLE, False),
        (permissions.PLATFORM_TABLE, True),
    ):
        for name, roles in table.items():
            for role, actions in roles.items():
                database_role = ACTING["operator" if platform else role]
                for action in actions:
                    yield apps.get_model(name)._meta.db_table, database_role, action


def test_the_admin_offers_nothing_that_the_policy_table_refuses():
    allowed = policies.privileges()
    offers = sorted(offered())
    assert len(offers) > 80
    refused = [offer for offer in offers if COMMANDS[offer[2]] not in allowed.get(offer[:2], {})]
    assert refused == []


@pytest.mark.parametrize("role", ["visitor", "worker"])
def test_who_is_nobody_has_no_table_of_a_school(role):
    rules = [(table, roles[role]) for table, roles in policies.tables().items() if role in roles]
    assert rules == []
