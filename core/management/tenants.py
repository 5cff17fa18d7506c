"""Commands for one school or all: in place of django-tenants' own, which set no context.

The schools are listed by the owner, because the application sees none before it has a context; the
command itself runs as the application's role, in the school's context, in one transaction.
"""

from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db.models import Q

from core.models import Tenant
from core.rls import tenant_context


def every():
    """Return all schools and the platform, but for the archived, by name."""
    return list(Tenant.objects.using("owner").exclude(status=Tenant.Status.ARCHIVED))


def find(name):
    """Return the `Tenant` of a subdomain or schema name, or None."""
    tenants = Tenant.objects.using("owner")
    return tenants.filter(Q(subdomain=name) | Q(schema_name=name)).first()


def run(tenant, command, options):
    """Run a management command as the school itself."""
    if command not in get_commands():
        raise CommandError(f"There is no command {command!r}.")
    with tenant_context(tenant, role="admin"):
        call_command(command, *options)


def split(argv, with_value=()):
    """Put "--" before the wrapped command's own options, so that argparse leaves them alone.

    `with_value` are this command's own options that take the next word.
    """
    place = 2
    while place < len(argv) and argv[place].startswith("-"):
        place += 2 if argv[place] in with_value else 1
    return [*argv[: place + 1], "--", *argv[place + 1 :]] if place < len(argv) else argv
