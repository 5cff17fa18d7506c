"""`manage.py export_oneroster`: one school as a OneRoster 1.2 CSV bundle."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core.rls import tenant_context
from reporting.oneroster.export import write_bundle
from reporting.oneroster.schools import find_school


class Command(BaseCommand):
    help = "Export a school as a OneRoster 1.2 CSV bundle (zip), to a file or to standard output."

    def add_arguments(self, parser):
        parser.add_argument("--school", required=True, help="the school's subdomain, such as demo")
        parser.add_argument(
            "--output", required=True, metavar="FILE.zip", help="where to; - is standard output"
        )

    def handle(self, *, school, output, **options):
        tenant = find_school(school)
        with tenant_context(tenant, role="admin", request={"source": "export_oneroster"}):
            if output == "-":
                write_bundle(sys.stdout.buffer)
                return
            rows = _write(Path(output))
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
