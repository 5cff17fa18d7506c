"""`manage.py import_school FILE --subdomain NAME`: a school rebuilt from its file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import capfirst

from core.addresses import site_url
from exchange.school_file.archive import BadFile
from exchange.school_file.rebuild import Compared, Different, rebuild


class Command(BaseCommand):
    help = (
        "Rebuild a school from the file that its admin made (“The whole school”), as a new school"
        " of this server. It is compared with the file, and kept only if it is the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--subdomain", required=True, help="the first part of its host name, such as demo"
        )
        parser.add_argument("--name", help="the school's name; else the file's")
        parser.add_argument("--domain", help="a further host name, which becomes the main one")

    def handle(
        self,
        *,
        file: Path,
        subdomain: str,
        name: str | None,
        domain: str | None,
        verbosity: int,
        **options: Any,
    ) -> None:
        try:
            rebuilt = rebuild(
                file,
                subdomain=subdomain.lower(),
                name=name,
                domain=domain,
                progress=self._progress if verbosity else lambda sentence: None,
            )
        except Different as difference:
            self._print(difference.tables)
            raise CommandError(f"{difference} Nothing was kept.") from difference
        except BadFile as refusal:
            raise CommandError(f"{refusal} Nothing was imported.") from refusal
        self._print(rebuilt.tables)
        site = site_url(rebuilt.host)
        self.stdout.write(
            f"{rebuilt.tenant.name} is rebuilt: {sum(t.rows for t in rebuilt.tables):,} rows and"
            f" {rebuilt.files:,} files, the same as in the file.\n"
            f"Nobody has a password yet. Everybody sets one at {site}, with “Forgotten password?”"
            " (a link comes by mail)."
        )

    def _progress(self, sentence: str) -> None:
        self.stderr.write(f"{capfirst(sentence)} ...")

    def _print(self, compared: Sequence[Compared]) -> None:
        width = max(len(table.table) for table in compared)
        self.stdout.write(f"{'table':{width}} {'in the file':>12} {'rebuilt':>12}  SHA-256")
        for table in compared:
            same = f"{table.actual.sha256[:12]} same" if table.is_same else "DIFFERENT"
            self.stdout.write(
                f"{table.table:{width}} {table.expected_rows:12,} {table.rows:12,}  {same}"
            )
