"""`manage.py generate_sessions`: class sessions of a school from its weekly slots."""

from datetime import date

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from academics.services import timetable
from core.management import tenants
from core.management.tenants import command_context


def day(text):
    """Parse a date of the command line; argparse reports errors."""
    return date.fromisoformat(text)


day.__name__ = "date (YYYY-MM-DD)"


class Command(BaseCommand):
    help = "Make class sessions from the weekly slots of a school, none twice; skip closed days."

    def add_arguments(self, parser):
        parser.add_argument("--school", required=True, help="the school's subdomain, such as demo")
        parser.add_argument(
            "--from", dest="first", required=True, type=day, metavar="DATE", help="YYYY-MM-DD"
        )
        parser.add_argument(
            "--to", dest="last", required=True, type=day, metavar="DATE", help="YYYY-MM-DD"
        )
        parser.add_argument(
            "--take-back",
            action="store_true",
            help="also delete generated sessions without attendance, topic and notes"
            " that no slot explains any more, or that fall on closed days",
        )
        parser.add_argument("--dry-run", action="store_true", help="only print what would be done")

    def handle(self, *, school, first, last, take_back, dry_run, **options):
        tenant = tenants.find(school)
        if tenant is None or tenant.is_platform:
            raise CommandError(f"There is no school “{school}”.")
        span = {"first": first, "last": last, "take_back": take_back}
        with command_context(tenant, source="generate_sessions"):
            try:
                if dry_run:
                    self._print(timetable.preview(**span))
                    return
                done = timetable.generate(**span)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{done.new} sessions made, {done.taken_back} taken back.")

    def _print(self, plan):
        for row in plan.classes:
            self.stdout.write(
                f"{row.name}: {row.new} new, {row.existing} there already,"
                f" {row.taken_back} to take back, {row.skipped} on closed days"
            )
        for holiday in plan.holidays:
            self.stdout.write(f"{holiday.name}: closed from {holiday.first} to {holiday.last}")
        self.stdout.write(f"Nothing was done: {plan.new} new, {plan.taken_back} to take back.")
