"""`manage.py reset_database`: everything in the database is dropped and made anew."""

import sys

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import OperationalError

from core.database import reset
from core.database.errors import SetupError, one_line
from core.management.setup import SetupCommand


class Command(SetupCommand):
    help = (
        "Drop everything in the database, migrate, and optionally seed. Refused with DEBUG off or "
        "a database elsewhere, unless --force names the database. Uploaded files are kept."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--force", metavar="NAME", help="the database's name: reset it in any case, unasked"
        )
        parser.add_argument("--no-input", action="store_true", help="do not ask")
        parser.add_argument("--seed", choices=["dev"], help="fill in the example schools")

    def handle(self, *, force, no_input, seed, **options):
        if seed == "dev" and not settings.DEBUG:
            raise SetupError("The example schools are refused while DEBUG is off.")
        connection = _connect()
        name, local = connection.info.dbname, reset.is_local(connection.info)
        require_consent(name, local=local, debug=settings.DEBUG, force=force)
        if not (force or no_input):
            _ask(name)
        self._say(f"Emptying {name}")
        reset.empty(connection)
        self._say("Applying migrations")
        call_command("migrate", interactive=False, verbosity=0)
        if seed:
            self._say("Filling in the example schools")
            call_command("seed", profile=seed, verbosity=0)
        self.stdout.write(f"The database {name} is new. Restart the web server if one is running.")

    def _say(self, text):
        self.stdout.write(f"{text} ...")
        self.stdout.flush()


def require_consent(name, *, local, debug, force):
    """Raise SetupError unless the database `name` may be reset.

    Without `force` only one on this machine, and while DEBUG is on; `force` must be its name.
    """
    if force is not None and force != name:
        raise SetupError(f"The database is called {name}, not {force}; nothing was changed.")
    if force is None and not (local and debug):
        reason = "DEBUG is off" if not debug else "it is not on this machine"
        raise SetupError(
            f"The database {name} is not reset, because {reason}. If you mean it: --force {name}"
        )


def _connect():
    """Return the owner's psycopg connection, the one that `migrate` uses afterwards."""
    wrapper = connections["owner"]
    try:
        wrapper.ensure_connection()
    except OperationalError as error:
        raise SetupError(
            f"Cannot reach the database: {one_line(error)}. (The embedded one is started by "
            "`manage.py database start`.)"
        ) from error
    return wrapper.connection


def _ask(name):
    if not sys.stdin.isatty():
        raise SetupError("There is no terminal to ask on; say --no-input to reset without asking.")
    answer = input(f"Everything in the database {name} will be lost. Type its name to go on: ")
    if answer.strip() != name:
        raise SetupError("That is not its name; nothing was changed.")
