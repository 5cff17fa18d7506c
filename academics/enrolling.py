"""What enrolling brings about elsewhere: a higher app registers it, and the desk says so."""

from collections.abc import Callable, Iterable
from uuid import UUID

from academics.models import SchoolClass

# Of a class: sentences about what enrolling a student will bring about.
Announce = Callable[[SchoolClass], list[str]]
# Of a class and the ids of those just enrolled: does it, and returns sentences about what it did.
Follow = Callable[[SchoolClass, list[UUID]], list[str]]

_registered: list[tuple[Announce, Follow]] = []


def register(announce: Announce, follow: Follow) -> None:
    """Add something that follows from enrolling, in the same transaction."""
    _registered.append((announce, follow))


def announcements(school_class: SchoolClass) -> list[str]:
    """Return what the desk says before students are enrolled in a class."""
    return [text for announce, _follow in _registered for text in announce(school_class)]


def follow_up(school_class: SchoolClass, student_ids: Iterable[UUID]) -> list[str]:
    """Do what follows from enrolling these students; return what the desk says of it.

    Raises IntegrityError by a rule, and then nobody is enrolled.
    """
    ids = list(student_ids)
    if not ids:
        return []
    return [text for _announce, follow in _registered for text in follow(school_class, ids)]
