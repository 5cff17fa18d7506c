"""`manage.py export_report`: a report of a school as a file, with the rights of one person."""

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.management import tenants
from core.management.tenants import command_context
from exchange.exports import engine, requests
from reporting import catalog
from reporting.catalog.source import KIND

STDOUT = "-"


class Command(BaseCommand):
    help = "Write a report of a school into a file, with the rows that one person may see."

    def add_arguments(self, parser):
        parser.add_argument("report", help="the report's id, such as user_roster_v1")
        parser.add_argument("--school", required=True, help="the school's subdomain, such as demo")
        parser.add_argument(
            "--as",
            dest="person",
            required=True,
            metavar="EMAIL",
            help="whose rights the file is made with",
        )
        parser.add_argument("--format", dest="file_format", help="csv, xlsx or pdf (default: csv)")
        parser.add_argument(
            "--output", required=True, metavar="FILE", help=f"{STDOUT} for standard output"
        )
        parser.add_argument(
            "--filter",
            dest="filters",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="as in the address of the report's page; may be given several times",
        )
        parser.add_argument("--sort", metavar="COLUMN", help="-COLUMN for descending")

    def handle(self, *, report, school, person, file_format, output, filters, sort, **options):
        report = _find_report(report)
        file_format = file_format or "csv"
        if file_format not in engine.FORMATS:
            raise CommandError(
                f"There is no format {file_format!r}; choose one of {', '.join(engine.FORMATS)}."
            )
        filters = _split(filters)
        tenant, user = tenants.find_person(school, person)
        if user.role not in report.roles:
            raise CommandError(f"{user.email} is a {user.role} and may not run {report.id}.")
        context = command_context(tenant, user, source="export_report")
        with timezone.override(tenant.timezone), context:
            source = _source(report, filters, sort)
            with _opened(output) as file, self._progress() as progress:
                try:
                    count = engine.write(file, source, file_format, on_progress=progress)
                except engine.ExportRefused as error:
                    raise CommandError(str(error)) from error
            requests.record(
                kind=KIND,
                template_id=report.id,
                by=user,
                filename=f"{report.id}.{file_format}" if output == STDOUT else Path(output).name,
                row_count=count,
                file_size=None if output == STDOUT else Path(output).stat().st_size,
                filters=report.parse(filters),
                sort=sort,
            )
        self.stderr.write(self.style.SUCCESS(f"{count:,} {'row' if count == 1 else 'rows'}."))

    @contextmanager
    def _progress(self):
        """Yield a function that shows the progress on a terminal; None elsewhere."""
        if not self.stderr.isatty():
            yield None
            return
        yield lambda rows: self.stderr.write(f"\r{rows:,} rows ...", ending="")
        self.stderr.write("\r\033[K", ending="")


def _find_report(report_id):
    try:
        return catalog.get(report_id)
    except KeyError:
        known = ", ".join(report.id for report in catalog.REPORTS)
        raise CommandError(f"There is no report {report_id!r}; there are {known}.") from None


def _split(filters):
    pairs = [text.partition("=") for text in filters]
    for text, (name, sign, _value) in zip(filters, pairs, strict=True):
        if not name or not sign:
            raise CommandError(f"{text!r} is not a filter; write it as NAME=VALUE.")
    return {name: value for name, _sign, value in pairs}


def _source(report, filters, sort):
    try:
        return report.source(report.parse(filters), sort=sort)
    except ValidationError as error:
        sentences = (f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise CommandError("\n".join(sentences)) from error


@contextmanager
def _opened(output):
    """Yield a binary file, which gets its name when it is complete."""
    if output == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.exists() and not path.is_file():
        raise CommandError(f"{path} is not a file; use {STDOUT} for standard output.")
    try:
        # NamedTemporaryFile makes it readable by its owner only.
        part = tempfile.NamedTemporaryFile(  # noqa: SIM115
            dir=path.parent, prefix=f".{path.name}.", delete=False
        )
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with part:
            yield part
        os.replace(part.name, path)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise
