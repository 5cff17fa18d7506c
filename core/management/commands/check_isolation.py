"""Print what keeps the schools apart, table by table; fail where something is missing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from core import isolation


class Command(BaseCommand):
    help = "Print, table by table, what keeps the schools apart; exit with an error on a gap."
    requires_system_checks = []  # the same rules, which would end the command before its table

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections["default"]
        if not isolation.is_migrated(connection):
            raise CommandError("The database has no tables yet; run `manage.py migrate`.")
        self._print(*isolation.report(connection))
        for sentence in isolation.weaknesses(connection):
            self.stdout.write(self.style.WARNING(sentence))
        sentences = isolation.role_problems(connection) + isolation.gaps(connection)
        if sentences:
            raise CommandError("\n".join([f"{len(sentences)} gap(s):", *sentences]))
        self.stdout.write(self.style.SUCCESS("No gap."))

    def _print(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        for row in (headings, ["-" * width for width in widths], *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
