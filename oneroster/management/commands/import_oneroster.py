"""`manage.py import_oneroster`: a OneRoster CSV bundle into one school."""

from contextlib import ExitStack

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from core.models import Tenant
from oneroster.bundle.errors import BundleError
from oneroster.incoming import report as reports
from oneroster.incoming.schools import find_school
from oneroster.incoming.service import import_bundle


class Command(BaseCommand):
    help = (
        "Import a OneRoster 1.1 or 1.2 CSV bundle (zip) into a school. Exit status: 0 done (rows "
        "may be rejected, see the report), 1 refused and nothing imported, 2 wrong usage."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE.zip")
        parser.add_argument("--school", required=True, help="the school's subdomain, such as demo")
        parser.add_argument(
            "--org", metavar="SOURCEDID", help="which school, where the bundle has several"
        )
        parser.add_argument("--dry-run", action="store_true", help="report only, change nothing")
        parser.add_argument(
            "--strict", action="store_true", help="import nothing if any row is rejected"
        )
        parser.add_argument(
            "--demographics", action="store_true", help="take over demographics.csv, too"
        )
        parser.add_argument(
            "--report", metavar="FILE.csv", help="write every rejected, skipped and noted row here"
        )

    def handle(
        self, *, file, school, org, dry_run, strict, demographics, report, verbosity, **options
    ):
        tenant = _find_school(school)
        with ExitStack() as stack:
            stream = stack.enter_context(_open(report)) if report else None
            try:
                result = import_bundle(
                    file,
                    tenant=tenant,
                    org=org,
                    dry_run=dry_run,
                    strict=strict,
                    wanted=["demographics"] if demographics else [],
                )
            except BundleError as error:
                raise CommandError(str(error)) from error
            except DatabaseError as error:
                raise CommandError(
                    f"The database refused the import: {' '.join(str(error).split())}"
                ) from error
            if stream is not None:
                result.write_csv(stream)
        for line in reports.lines(result, all_notes=verbosity > 1):
            self.stdout.write(line)
        self.stdout.write("")
        self._conclude(result)

    def _conclude(self, result):
        if result.rejected and not result.kept and not result.dry_run:
            raise CommandError(
                f"Nothing was imported: {result.rejected} rows were rejected (--strict)."
            )
        done = "Dry run: nothing was changed." if result.dry_run else "Imported."
        if result.rejected:
            done += f" {result.rejected} rows were rejected."
        elif result.kept and not sum(map(result.total, ("created", "updated", "archived"))):
            done = "Nothing was new: nothing was changed."
        self.stdout.write(self.style.SUCCESS(done))


def _find_school(subdomain):
    tenant = find_school(subdomain)
    if tenant.status == Tenant.Status.ARCHIVED:
        raise CommandError(f"The school “{subdomain}” is archived; reactivate it first.")
    return tenant


def _open(path):
    try:
        return open(path, "w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise CommandError(f"The report cannot be written to {path}: {error.strerror}.") from error
