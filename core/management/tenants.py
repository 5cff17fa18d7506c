"""Commands for one school or all: in place of django-tenants' own, which set no context.

The schools are listed by the owner, because the application sees none before it has a context; the
command itself runs as the application's role, in the school's context, in one transaction.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db.models import Q

from core import rls
from core.models import Tenant, User


@contextmanager
def command_context(tenant: Tenant, user: User | None = None, **request: str) -> Iterator[None]:
    """Run the block as `user` of a school, else as the school itself, for as long as it takes.

    `request` is what the audit trail keeps (`source`: the command's name).
    """
    role = None if user else "admin"
    with rls.tenant_context(tenant, user, role=role, request=request or None):
        rls.take_time()
        yield


def every() -> list[Tenant]:
    """Return all schools and the platform, but for the archived, by name."""
    return list(Tenant.objects.using("owner").exclude(status=Tenant.Status.ARCHIVED))


def find(name: str) -> Tenant | None:
    """Return the `Tenant` of a subdomain or schema name, or None."""
    tenants = Tenant.objects.using("owner")
    return tenants.filter(Q(subdomain=name) | Q(schema_name=name)).first()


def find_person(school: str, email: str) -> tuple[Tenant, User]:
    """Return (tenant, user); anybody else than somebody active at an open school is refused.

    Raises CommandError.
    """
    tenant = find(school)
    if tenant is None:
        raise CommandError(f"There is no school {school!r}.")
    if tenant.status == Tenant.Status.ARCHIVED:
        raise CommandError(f"The school {school!r} is archived; reactivate it first.")
    return tenant, person_of(tenant, email)


def person_of(tenant: Tenant, email: str) -> User:
    """Return the active `User` of a school with this e-mail address, or raise CommandError."""
    with rls.tenant_context(tenant, role="admin"):
        user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"Nobody at {tenant.name} has the e-mail address {email!r}.")
    if not user.is_active:
        raise CommandError(f"{user.email} may not sign in ({user.status}).")
    return user


def first_admin(tenant: Tenant) -> User:
    """Return the active admin whom a school has had longest, or raise CommandError."""
    with rls.tenant_context(tenant, role="admin"):
        admins = User.objects.active().filter(role=User.Role.ADMIN)
        user = admins.order_by("created_at", "id").first()
    if user is None:
        raise CommandError(f"{tenant.name} has no active admin.")
    return user


def run(tenant: Tenant, command: str, options: Iterable[str]) -> None:
    """Run a management command as the school itself."""
    if command not in get_commands():
        raise CommandError(f"There is no command {command!r}.")
    with command_context(tenant):
        call_command(command, *options)


def split(argv: list[str], with_value: Collection[str] = ()) -> list[str]:
    """Put "--" before the wrapped command's own options, so that argparse leaves them alone.

    `with_value` are this command's own options that take the next word.
    """
    place = 2
    while place < len(argv) and argv[place].startswith("-"):
        place += 2 if argv[place] in with_value else 1
    return [*argv[: place + 1], "--", *argv[place + 1 :]] if place < len(argv) else argv
