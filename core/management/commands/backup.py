"""`manage.py backup FILE`: the whole database in one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from core.database import archive
from core.database.urls import database_url
from core.management.setup import SetupCommand


class Command(SetupCommand):
    help = "Write all schools' data to FILE (pg_dump's custom format), and read it back to check."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        rows = archive.backup(database_url("owner", settings.SCHOOL_DATA_DIR), file)
        size = file.stat().st_size / 1_000_000
        self.stdout.write(
            f"{file}: {sum(rows.values()):,} rows of {len(rows)} tables, {size:.1f} MB."
        )
