"""`manage.py create_school`: a new school with its first admin, as an operator would make it."""

import getpass
import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.constraints import RefusedByDatabase, explained
from core.rls import tenant_context
from core.services import schools


class Command(BaseCommand):
    help = "Create a school, its host name and its first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subdomain", help="the first part of its host name, such as demo")
        parser.add_argument("--name", required=True, help="the school's name")
        parser.add_argument("--admin-name", required=True, help="name of the first admin")
        parser.add_argument("--admin-email", required=True, help="the admin's e-mail address")
        parser.add_argument("--contact-email", help="the school's own; else the admin's")
        parser.add_argument(
            "--ask-password",
            action="store_true",
            help="ask for the admin's password (or take ADMIN_PASSWORD from the environment)"
            " instead of mailing a link to set one",
        )

    def handle(
        self,
        *,
        subdomain: str,
        name: str,
        admin_name: str,
        admin_email: str,
        contact_email: str | None,
        **options: Any,
    ) -> None:
        password = _password() if options["ask_password"] else None
        platform = schools.ensure_platform()
        try:
            with explained(), tenant_context(platform, role="admin"):
                tenant = schools.create(
                    name=name,
                    subdomain=subdomain.lower(),
                    contact_email=contact_email or admin_email,
                    admin_name=admin_name,
                    admin_email=admin_email,
                    password=password,
                )
        except ValidationError as error:
            raise CommandError(_sentences(error)) from error
        except RefusedByDatabase as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{tenant.name} is ready at {schools.host_name(tenant.subdomain)}.")
        if password is None:
            self.stdout.write(f"The worker mails a link to set a password to {admin_email}.")


def _password() -> str:
    password = os.environ.get("ADMIN_PASSWORD") or getpass.getpass("Password of the admin: ")
    if not password:
        raise CommandError("The password is empty.")
    return password


def _sentences(error: ValidationError) -> str:
    """Return the messages of a ValidationError, each with its field."""
    if not hasattr(error, "message_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )
