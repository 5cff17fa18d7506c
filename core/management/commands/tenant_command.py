"""Run a command for one school, in that school's context."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import hosts
from core.management.tenants import find, run, split


class Command(BaseCommand):
    help = "Run COMMAND as the school itself: tenant_command --schema demo COMMAND [options]."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "-s",
            "--schema",
            dest="schema_name",
            required=True,
            help="the school's subdomain, schema name or host name",
        )
        parser.add_argument("command_name", help="the command to run")
        parser.add_argument("command_options", nargs="*", help="its options")

    def run_from_argv(self, argv: list[str]) -> None:
        # The options after the command's name are the command's own.
        super().run_from_argv(split(argv, with_value={"-s", "--schema"}))

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = find(options["schema_name"]) or hosts.find(options["schema_name"])
        if tenant is None:
            raise CommandError(f"There is no school {options['schema_name']!r}.")
        run(tenant, options["command_name"], options["command_options"])
