"""`manage.py database`: the embedded database server, and the URL of whichever is used."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.database import roles
from core.database.runs import start_for_good
from core.database.server import EmbeddedServer
from core.database.urls import USERS, database_url, is_embedded
from core.management.setup import SetupCommand

STOPPED = 3  # the exit status of "not running", as for a system service


class Command(SetupCommand):
    help = "Print the database's URL; start, stop or look at the embedded server."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        url = actions.add_parser("url", help="print the libpq URL, and nothing else")
        url.add_argument("--role", choices=list(USERS), default="app")
        actions.add_parser("start", help="start the embedded server; it stays")
        actions.add_parser("stop", help="stop the embedded server")
        actions.add_parser("status", help=f"exit with 0 if it runs, {STOPPED} if not")

    def handle(self, *, action: str, **options: Any) -> None:
        getattr(self, action)(**options)

    def url(self, *, role: str, **options: Any) -> None:
        self.stdout.write(database_url(role, settings.SCHOOL_DATA_DIR))

    def start(self, **options: Any) -> None:
        server = self._embedded()
        started = start_for_good(server)
        roles.prepare(server.url("admin"))  # so that `restore` or `migrate` may be next
        self.stdout.write("Started." if started else "It was running already.")

    def stop(self, **options: Any) -> None:
        stopped = self._embedded().stop()
        self.stdout.write("Stopped." if stopped else "It was not running.")

    def status(self, **options: Any) -> None:
        if is_embedded():
            running = EmbeddedServer(settings.SCHOOL_DATA_DIR).is_running()
            name = f"The embedded server of {settings.SCHOOL_DATA_DIR}"
        else:
            running = _answers(database_url("app", settings.SCHOOL_DATA_DIR))
            name = "The server named by DATABASE_URL"
        if not running:
            raise CommandError(f"{name} is not running.", returncode=STOPPED)
        self.stdout.write(f"{name} is running.")

    def _embedded(self) -> EmbeddedServer:
        if not is_embedded():
            raise CommandError(
                "DATABASE_URL names another server, so there is no embedded one to start or stop."
            )
        return EmbeddedServer(settings.SCHOOL_DATA_DIR)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
