"""What the commands share that set the application up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.database.errors import SetupError


class SetupCommand(BaseCommand):
    """A command that works before there is a database; its SetupErrors end it as a sentence."""

    requires_system_checks = []

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except SetupError as error:
            raise CommandError(str(error)) from error
