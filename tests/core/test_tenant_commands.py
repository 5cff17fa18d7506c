"""Commands that act for one school or for all run in that school's context."""

import io

import pytest
from django.core.management import BaseCommand, CommandError, call_command, load_command_class
from django.db import connections

from core.management import tenants
from core.models import User
from core.rls import NO_CONTEXT, current

both = pytest.mark.django_db(databases=["default", "owner"])


class Probe(BaseCommand):
    """Tells whom it sees, and its own option."""

    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--shout", action="store_true")

    def handle(self, *args, **options):
        seen.append((current().tenant.schema_name, current().role, User.objects.count()))
        if options["shout"]:
            seen.append("shout")


seen = []


@pytest.fixture(autouse=True)
def _probe(monkeypatch):
    seen.clear()
    monkeypatch.setattr(tenants, "get_commands", lambda: {"probe": "core"})
    monkeypatch.setattr(
        tenants, "call_command", lambda name, *options: call_command(Probe(), *options)
    )


@both
def test_tenant_command_runs_as_the_school():
    call_command("tenant_command", "probe", schema_name="school-a")
    assert seen == [("school-a", "admin", 9)]
    assert current() == NO_CONTEXT


@both
def test_the_school_may_be_named_by_its_host():
    call_command("tenant_command", "probe", schema_name="school-b.localhost")
    assert seen == [("school-b", "admin", 9)]


@both
def test_an_unknown_school_or_command_is_named():
    with pytest.raises(CommandError, match="There is no school 'nowhere'"):
        call_command("tenant_command", "probe", schema_name="nowhere")
    with pytest.raises(CommandError, match="There is no command 'prob'"):
        call_command("tenant_command", "prob", schema_name="school-a")


@both
def test_all_tenants_command_runs_in_every_school():
    out = io.StringIO()
    call_command("all_tenants_command", "probe", stdout=out)
    assert seen == [("public", "admin", 1), ("school-a", "admin", 9), ("school-b", "admin", 9)]
    assert out.getvalue() == "public:\nschool-a:\nschool-b:\n"
    seen.clear()
    call_command("all_tenants_command", "probe", no_public=True, stdout=out)
    assert [name for name, _, _ in seen] == ["school-a", "school-b"]


@both
def test_an_archived_school_is_left_alone():
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE tenants SET status = 'archived' WHERE subdomain = 'school-a'")
    call_command("all_tenants_command", "probe", stdout=io.StringIO())
    assert [name for name, _, _ in seen] == ["public", "school-b"]


@both
@pytest.mark.parametrize(
    "argv",
    [
        ["tenant_command", "-s", "school-a", "probe", "--shout"],
        ["tenant_command", "--schema=school-a", "probe", "--shout"],
        ["all_tenants_command", "--no-public", "probe", "--shout"],
    ],
)
def test_options_after_the_command_are_its_own(argv, capsys, monkeypatch):
    command = load_command_class("core", argv[0])
    # The command line closes the connections that this test's transactions are on.
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)
    command.run_from_argv(["manage.py", *argv])
    assert seen[:2] == [("school-a", "admin", 9), "shout"]
