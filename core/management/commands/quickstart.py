"""`manage.py quickstart`: from nothing to a school in the browser; what `make run` runs."""

import os
import sys
from contextlib import ExitStack

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import OperationalError

from core import processes
from core.database import roles
from core.database.errors import SetupError
from core.database.runs import start_for_a_run, start_for_good
from core.database.server import EmbeddedServer
from core.database.urls import is_embedded
from core.management.setup import SetupCommand

HOST = "127.0.0.1"
# The platform is a tenant too, but no school.
A_SCHOOL_EXISTS = "SELECT EXISTS (SELECT FROM tenants WHERE schema_name <> 'public')"

SIGN_INS = """
  Demo school   http://localhost:{port}/            admin@demo.example, teacher@..., student@...
  Second school http://northside.localhost:{port}/  admin@northside.example, ...
  Platform      http://platform.localhost:{port}/   operator@platform.example
  Password      {password}
"""


class Command(SetupCommand):
    help = "Prepare the database (the embedded one unless DATABASE_URL is set) and serve."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--no-serve",
            action="store_true",
            help="only prepare; an embedded database is left running",
        )

    def handle(self, *, port, no_serve, **options):
        if no_serve:
            self._prepare(start_for_good)
            self.stdout.write("Ready. Serve with `make run`.")
            return
        if "MAKELEVEL" in os.environ:
            processes.end_with_parent()  # whoever kills `make` means us
        try:
            with processes.stoppable():
                self._run(port)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def _run(self, port):
        processes.require_free_port(HOST, port)
        with ExitStack() as stack:
            self._prepare(lambda server: stack.enter_context(start_for_a_run(server)))
            web = stack.enter_context(processes.child(_web_server(port)))
            processes.wait_until_serving(web, HOST, port)
            self._greet(port)
            if web.wait():
                raise SetupError(f"The web server ended with status {web.returncode}.")

    def _prepare(self, start):
        if is_embedded():
            self._say("Starting the database")
            server = EmbeddedServer(settings.SCHOOL_DATA_DIR)
            start(server)
            roles.prepare(server.url("admin"))
        else:
            _require_database()
        self._say("Applying migrations")
        call_command("migrate", interactive=False, verbosity=0)
        if settings.DEBUG and not _a_school_exists():
            self._say("Filling in two example schools (once)")
            call_command("seed", profile="dev", verbosity=0)
        self._say("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        _disconnect()

    def _say(self, text):
        self.stdout.write(f"{text} ...")
        self.stdout.flush()

    def _greet(self, port):
        self.stdout.write(self.style.SUCCESS(f"\nServing on http://localhost:{port}/"))
        if settings.DEBUG:
            password = "as in SEED_PASSWORD" if os.environ.get("SEED_PASSWORD") else "school-demo"
            self.stdout.write(SIGN_INS.format(port=port, password=password))
        self.stdout.write("Stop with Ctrl-C; what you entered is kept.")
        self.stdout.flush()


def _port(text):
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError
    return port


def _web_server(port):
    return [
        sys.executable, "-m", "gunicorn", "school.wsgi:application",
        "--chdir", str(settings.BASE_DIR), "--config", str(settings.BASE_DIR / "gunicorn.conf.py"),
        "--bind", f"{HOST}:{port}",
    ]  # fmt: skip


def _require_database():
    try:
        for alias in ("owner", "default"):
            connections[alias].ensure_connection()
    except OperationalError as error:
        reason = " ".join(str(error).split())
        raise SetupError(
            f"Cannot use the database that DATABASE_URL and DATABASE_OWNER_URL name: {reason} "
            "If it is not prepared yet, run: manage.py init_database --admin-url URL"
        ) from error


def _a_school_exists():
    with connections["owner"].cursor() as cursor:
        cursor.execute(A_SCHOOL_EXISTS)
        return cursor.fetchone()[0]


def _disconnect():
    """Leave no connection behind in this process, which only waits from now on."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()
