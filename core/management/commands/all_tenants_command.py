"""Run a command for every school in turn, each in its own context and transaction."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.management.tenants import every, run, split


class Command(BaseCommand):
    help = "Run COMMAND once for every school that is not archived."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-public", action="store_true", help="leave the platform out")
        parser.add_argument("command_name", help="the command to run")
        parser.add_argument("command_options", nargs="*", help="its options")

    def run_from_argv(self, argv: list[str]) -> None:
        # The options after the command's name are the command's own.
        super().run_from_argv(split(argv))

    def handle(self, *args: Any, **options: Any) -> None:
        for tenant in every():
            if not (options["no_public"] and tenant.is_platform):
                self.stdout.write(f"{tenant.schema_name}:")
                run(tenant, options["command_name"], options["command_options"])
