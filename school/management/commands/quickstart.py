"""`manage.py quickstart`: from nothing to a school in the browser; what `make run` runs."""

import os
import sys
import time
from argparse import ArgumentTypeError
from contextlib import ExitStack

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.utils import OperationalError

from core import processes
from core.database import roles
from core.database.errors import SetupError, one_line
from core.database.runs import start_again, start_for_a_run, start_for_good
from core.database.server import EmbeddedServer
from core.database.urls import is_embedded
from core.management.setup import SetupCommand

HOST = "127.0.0.1"
WORKER_PAUSE = 5  # seconds before a worker that ended is started again
DATABASE_PAUSE = 10  # seconds before another try with a database that does not start
LOOK_SECONDS = 0.5
# Made where there is no other school; a start that was killed in between is completed.
EXAMPLES = {"demo", "northside"}
# The platform is a tenant too, but no school.
SCHOOLS = "SELECT subdomain FROM tenants WHERE schema_name <> 'public'"

SIGN_INS = """
  Demo school   http://localhost:{port}/            admin@demo.example, registrar@..., bursar@...,
                                                  teacher@..., student@...
  Second school http://northside.localhost:{port}/  admin@northside.example, ...
  Platform      http://platform.localhost:{port}/   operator@platform.example
  Password      {password}
"""


class Command(SetupCommand):
    server = None  # the embedded one, where that is used
    help = "Prepare the database (the embedded one unless DATABASE_URL is set) and serve."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000")
        parser.add_argument(
            "--no-serve",
            action="store_true",
            help="only prepare; an embedded database is left running",
        )

    def handle(self, *, port, no_serve, **options):
        if "MAKELEVEL" in os.environ:
            processes.end_with_parent()  # killing `make` ends this process, too
        try:
            with processes.stoppable():
                self._only_prepare() if no_serve else self._serve(port)
        except KeyboardInterrupt:
            if no_serve:
                raise CommandError("Stopped before it was ready.", returncode=130) from None
            self.stdout.write("Stopped.")

    def _only_prepare(self):
        with ExitStack() as stack:

            def start(server):
                if start_for_good(server):
                    stack.callback(server.stop)

            self._prepare(start)
            stack.pop_all()  # ready: the server keeps running
        self.stdout.write("Ready. Serve with `make run`.")

    def _serve(self, port):
        processes.require_free_port(HOST, port)
        with ExitStack() as stack:
            self._prepare(lambda server: stack.enter_context(start_for_a_run(server)))
            web = stack.enter_context(processes.child(_web_server(port), **_like_production()))
            processes.wait_until_serving(web, f"http://{HOST}:{port}/readyz")
            self._greet(port)
            _disconnect()
            self._keep_working(web, port)
            if web.returncode:
                raise SetupError(f"The web server ended with status {web.returncode}.")

    def _keep_working(self, web, port):
        """Run the worker beside the web server until that ends; start it again if it ends.

        An embedded database that died is started again, too. The worker needs the port for the
        links in its mails.
        """
        environment = {**_like_production(), "PORT": str(port)}
        while web.poll() is None:
            with processes.child(_worker(), **environment) as worker:
                while web.poll() is None and worker.poll() is None:
                    self._keep_database()
                    time.sleep(LOOK_SECONDS)
            if web.poll() is None:
                self.stderr.write(
                    f"The worker ended with status {worker.returncode}; it is started again."
                )
                time.sleep(WORKER_PAUSE)

    def _keep_database(self):
        if self.server is None or self.server.identity():
            return
        try:
            start_again(self.server)
            self.stderr.write("The database had ended; it is started again.")
        except SetupError as error:
            self.stderr.write(f"The database had ended and does not start again: {error}")
            time.sleep(DATABASE_PAUSE)

    def _prepare(self, start):
        if is_embedded():
            self._say("Starting the database")
            self.server = EmbeddedServer(settings.SCHOOL_DATA_DIR)
            start(self.server)
            roles.prepare(self.server.url("admin"))
        else:
            _require_database()
        self._say("Applying migrations")
        call_command("migrate", interactive=False, verbosity=0)
        if settings.DEBUG and _schools() < EXAMPLES:
            self._say("Filling in two example schools (once)")
            call_command("seed", profile="dev", verbosity=0)
        self._say("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)

    def _say(self, text):
        self.stdout.write(f"{text} ...")
        self.stdout.flush()

    def _greet(self, port):
        self.stdout.write(self.style.SUCCESS(f"\nServing on http://localhost:{port}/"))
        if settings.DEBUG and "demo" in _schools():
            password = "as in SEED_PASSWORD" if os.environ.get("SEED_PASSWORD") else "school-demo"
            self.stdout.write(SIGN_INS.format(port=port, password=password))
        self.stdout.write("Stop with Ctrl-C; what you entered is kept.")
        self.stdout.flush()


def _port(text):
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise ArgumentTypeError(f"must be a number from 1 to 65535, not {text!r}")


def _web_server(port):
    return [
        sys.executable, "-m", "gunicorn", "school.wsgi:application",
        "--chdir", str(settings.BASE_DIR), "--config", str(settings.BASE_DIR / "gunicorn.conf.py"),
        "--bind", f"{HOST}:{port}", "--log-level", "warning",
    ]  # fmt: skip


def _worker():
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "-v", "0"]


def _like_production():
    """Return the environment of web server and worker, with the pages and errors of production.

    Django's debug pages would show strangers' data and settings instead of a sentence, and DEBUG
    keeps every query in memory. DEBUG=on turns them on.
    """
    if "DEBUG" in os.environ:
        return {}
    return {"DEBUG": "off", "HTTPS": "off", "SECRET_KEY": settings.SECRET_KEY}


def _require_database():
    try:
        for alias in ("owner", "default"):
            connections[alias].ensure_connection()
    except OperationalError as error:
        raise SetupError(
            f"Cannot use the database that DATABASE_URL and DATABASE_OWNER_URL name: "
            f"{one_line(error)}. If it is not prepared yet: manage.py init_database --admin-url URL"
        ) from error


def _schools():
    """Return the subdomains of all schools."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(SCHOOLS)
        return {subdomain for (subdomain,) in cursor.fetchall()}


def _disconnect():
    """Close all connections of this process, which only waits from now on."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()
