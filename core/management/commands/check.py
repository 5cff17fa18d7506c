"""Django's `check`, which looks at the database too: half of this application's rules are there."""

from typing import Any

from django.core.management.commands.check import Command as CheckCommand


class Command(CheckCommand):
    def handle(self, *app_labels: Any, **options: Any) -> None:
        options["databases"] = options["databases"] or ["default"]
        super().handle(*app_labels, **options)
