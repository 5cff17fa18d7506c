"""Whether somebody may still have a file that was made for them."""

from django.utils import timezone

from core.models import User
from exchange.exports.kinds import KINDS
from exchange.models import Export


def may_fetch(user: User, export: Export) -> bool:
    """Return whether `user` may fetch the file now, in the context of their school.

    It must be their own, of the role that they still have (a demoted admin has no more right to a
    file with everybody in it), before its end, and of a report or list that the role still has.
    What they could see when it was made is in it: a teacher who has since lost a class keeps what
    they had fetched, and until the file's end what they could have.
    """
    return (
        export.requested_by_id == user.pk
        and user.is_active
        and user.is_staff
        and export.requester_role == user.role
        and export.expires_at is not None
        and export.expires_at > timezone.now()
        and KINDS[export.kind].may_fetch(user, export)
    )
