"""`manage.py init_database`: the application's roles and database on a server of one's own."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from psycopg.conninfo import conninfo_to_dict

from core.database import roles
from core.database.errors import SetupError
from core.database.urls import USERS, VARIABLES, database_url
from core.management.setup import SetupCommand


class Command(SetupCommand):
    help = (
        "Create the roles school_owner, school_app and one for each role of a person, and the "
        "database, with the passwords and the name in DATABASE_OWNER_URL and DATABASE_URL. Safe to "
        "repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin-url",
            help="URL of a superuser, or of a role with CREATEROLE and CREATEDB "
            "(default: DATABASE_ADMIN_URL, or the embedded server's administrator)",
        )

    def handle(self, *, admin_url: str | None, **options: Any) -> None:
        app, owner = (self._parameters(role) for role in ("app", "owner"))
        if app["dbname"] != owner["dbname"]:
            raise SetupError("DATABASE_URL and DATABASE_OWNER_URL name different databases.")
        notices = roles.prepare(
            admin_url or database_url("admin", settings.SCHOOL_DATA_DIR, os.environ),
            database=app["dbname"],
            owner_password=owner.get("password"),
            app_password=app.get("password"),
        )
        for notice in notices:
            self.stderr.write(self.style.WARNING(notice))
        self.stdout.write(
            f"The database {app['dbname']} and its roles are ready. Next: manage.py migrate"
        )

    def _parameters(self, role: str) -> dict[str, Any]:
        parameters = conninfo_to_dict(database_url(role, settings.SCHOOL_DATA_DIR, os.environ))
        if parameters["user"] != USERS[role]:
            raise SetupError(
                f"{VARIABLES[role]} must name the user {USERS[role]}, not {parameters['user']}: "
                "the policies in the database are written for that role."
            )
        return parameters
