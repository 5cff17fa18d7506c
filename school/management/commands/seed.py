"""`manage.py seed`: example schools to try the application with, or an operator to start with."""

import os
import time
from argparse import ArgumentTypeError

from django.conf import settings
from django.core.management.base import CommandError
from django.db.utils import OperationalError, ProgrammingError

from core.management.setup import SetupCommand
from school.seeds import platform, schools

DEV_PASSWORD = "school-demo"  # noqa: S105 - example data, refused where DEBUG is off

LARGEST_SCALE = 1000


class Command(SetupCommand):
    help = (
        "dev: two example schools with a term of data; refused with DEBUG off. "
        "prod: the platform and its operator only, with the password in SEED_PASSWORD. "
        "What is there already is left alone."
    )

    def add_arguments(self, parser):
        parser.add_argument("--profile", choices=["dev", "prod"], required=True)
        parser.add_argument(
            "--scale", type=_scale, default=1, help="dev: times the people, classes and history"
        )
        parser.add_argument(
            "--operator-email", help="prod: who signs in (default: SEED_OPERATOR_EMAIL)"
        )

    def handle(self, *, profile, verbosity, **options):
        self.verbosity = verbosity
        try:
            getattr(self, profile)(**options)
        except OperationalError as error:
            raise CommandError(f"Cannot use the database: {_one_line(error)}") from error
        except ProgrammingError as error:
            raise CommandError(
                f"The database is not ready ({_one_line(error)}). Run: manage.py migrate"
            ) from error

    def dev(self, *, scale, **options):
        if not settings.DEBUG:
            raise CommandError(
                "The example schools have a well-known password, so they are refused while DEBUG "
                "is off. For a real installation: manage.py seed --profile prod"
            )
        password = os.environ.get("SEED_PASSWORD") or DEV_PASSWORD
        self._report(platform.build(platform.DEV_OPERATOR, password), "The platform")
        for school in schools.PROFILES:
            started = time.monotonic()
            built = schools.build(school, password=password, scale=scale)
            self._report(built, school.name, f" in {time.monotonic() - started:.1f} s")

    def prod(self, *, operator_email, **options):
        email = operator_email or os.environ.get("SEED_OPERATOR_EMAIL")
        if not email:
            raise CommandError("Name the operator: --operator-email, or SEED_OPERATOR_EMAIL.")
        built = platform.build(email, os.environ.get("SEED_PASSWORD"), checked=True)
        self._report(built, f"The operator {email}")

    def _report(self, built, what, more=""):
        if self.verbosity:
            self.stdout.write(f"{what}: {'added' + more if built else 'there already'}.")


def _scale(text):
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_SCALE:
        raise ArgumentTypeError(f"give a whole number from 1 to {LARGEST_SCALE}")
    return int(text)


def _one_line(error):
    return " ".join(str(error).split())
