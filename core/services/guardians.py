"""Logins of guardians. Run as an admin of the school: the policies let nobody else write them."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Guardian, Mail, User
from core.services import invitations


class LoginRefused(Exception):
    """Why a guardian cannot get a login, as a sentence."""


@dataclass(frozen=True)
class Login:
    """A guardian's account; `is_new` when it was made just now and got a link by mail."""

    user: User
    is_new: bool


@transaction.atomic
def give_login(*, guardian: Guardian) -> Login:
    """Give a guardian an account, or link the one that has their address.

    A new or reopened account gets a link by mail to set a password. Raises LoginRefused.
    """
    account = _account(guardian)
    if account is not None and account.is_active:
        raise LoginRefused(_("%s already has a login.") % guardian)
    if account is not None:
        return _reopen(account)
    email = (guardian.email or "").strip()
    if not email:
        raise LoginRefused(
            _("Enter the e-mail address first: it is what a guardian signs in with.")
        )
    holder = User.objects.filter(email__iexact=email).first()
    if holder is None:
        user = User.objects.create_user(
            email, name=guardian.name, phone=guardian.phone, role=User.Role.GUARDIAN
        )
        _link(guardian, user)
        invitations.send(user)
        return Login(user, is_new=True)
    _check_holder(holder)
    _link(guardian, holder)
    if not holder.is_active:
        return _reopen(holder)
    return Login(holder, is_new=False)


@transaction.atomic
def invite_again(*, guardian: Guardian) -> Mail:
    """Mail a guardian who signs in another link to set a password; return the `Mail`."""
    account = _account(guardian)
    if account is None or not account.is_active:
        raise LoginRefused(_("%s has no login.") % guardian)
    sent = invitations.send(account)
    if sent is None:
        raise LoginRefused(_("%s has no e-mail address.") % guardian)
    return sent


@transaction.atomic
def take_login(*, guardian: Guardian) -> None:
    """Suspend a guardian's account: they are signed out at once, and stay a contact."""
    account = _account(guardian)
    if account is None or not account.is_active:
        raise LoginRefused(_("%s has no login.") % guardian)
    account.status = User.Status.SUSPENDED
    account.save(update_fields=["status"])


def _account(guardian: Guardian) -> User | None:
    """Return the account that is the guardian's, unless it was deleted or is no guardian's now."""
    if guardian.user_id is None:
        return None
    return User.objects.filter(pk=guardian.user_id, role=User.Role.GUARDIAN).first()


def _check_holder(holder: User) -> None:
    """Refuse an address that belongs to somebody who cannot be this guardian."""
    if not holder.is_guardian:
        raise LoginRefused(
            _(
                "%(email)s is the address of %(name)s, who signs in with it as %(role)s."
                " An account has one role, so the guardian needs a separate address."
            )
            % {
                "email": holder.email,
                "name": holder.name,
                "role": holder.get_role_display().lower(),
            }
        )
    other = Guardian.objects.filter(user=holder).first()
    if other is not None:
        raise LoginRefused(
            _("%(email)s is already the login of the guardian %(name)s; put the children there.")
            % {"email": holder.email, "name": other.name}
        )


def _link(guardian: Guardian, user: User) -> None:
    guardian.user = user
    guardian.save(update_fields=["user"])


def _reopen(account: User) -> Login:
    account.status = User.Status.ACTIVE
    account.save(update_fields=["status"])
    invitations.send(account)
    return Login(account, is_new=True)
