"""`manage.py restore FILE`: the database as a backup has it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from core.database import archive
from core.database.urls import database_url
from core.management.setup import SetupCommand


class Command(SetupCommand):
    help = "Put a backup into an empty database, in one transaction."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--force", action="store_true", help="replace everything the database has now"
        )

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        rows = archive.restore(database_url("owner", settings.SCHOOL_DATA_DIR), file, force=force)
        self.stdout.write(
            f"Restored {sum(rows.values()):,} rows of {len(rows)} tables. If the backup is older "
            "than the application, run `manage.py migrate`; then restart the web server."
        )
