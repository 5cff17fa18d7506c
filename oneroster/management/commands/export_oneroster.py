"""`manage.py export_oneroster`: one school as a OneRoster 1.2 CSV bundle."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core.management.tenants import command_context, first_admin, person_of
from exchange.exports import requests
from oneroster.incoming.schools import find_school
from oneroster.outgoing.export import KIND, TEMPLATE_ID, write_bundle


class Command(BaseCommand):
    help = "Export a school as a OneRoster 1.2 CSV bundle (zip), to a file or to standard output."

    def add_arguments(self, parser):
        parser.add_argument("--school", required=True, help="the school's subdomain, such as demo")
        parser.add_argument(
            "--as",
            dest="person",
            metavar="EMAIL",
            help="the admin whom the list of exports names (default: the school's first)",
        )
        parser.add_argument(
            "--output", required=True, metavar="FILE.zip", help="where to; - is standard output"
        )

    def handle(self, *, school, person, output, **options):
        tenant = find_school(school)
        user = person_of(tenant, person) if person else first_admin(tenant)
        if not user.is_people_office:
            raise CommandError(f"{user.email} is a {user.role}; only an admin may export a bundle.")
        with command_context(tenant, user, source="export_oneroster"):
            is_stdout = output == "-"
            rows = write_bundle(sys.stdout.buffer) if is_stdout else _write(Path(output))
            requests.record(
                kind=KIND,
                template_id=TEMPLATE_ID,
                by=user,
                filename="oneroster.zip" if is_stdout else Path(output).name,
                row_count=rows,
                file_size=None if is_stdout else Path(output).stat().st_size,
            )
        if is_stdout:
            return
        self.stderr.write(self.style.SUCCESS(f"{rows:,} rows written to {output}."))


def _write(path):
    """Write the whole bundle or leave what was there; pupils' data, so nobody else may read it."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            rows = write_bundle(file)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return rows
