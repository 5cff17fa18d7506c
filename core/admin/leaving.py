"""What ends when people leave: are suspended, archived or deleted.

An app that knows of something registers it; the pages on which people leave say what it is, ask,
and end it. This app knows of nothing itself.
"""

from collections.abc import Sequence
from typing import Protocol

from django.http import HttpRequest

from core.models import User

CHOICE = "leaving"  # the posted answer: END or KEEP
END, KEEP = "end", "keep"


class Ending(Protocol):
    """What ends for people who leave."""

    def consequences(self, people: Sequence[User]) -> list[str]:
        """Return sentences that say what would end, [] for nothing."""

    def end(self, people: Sequence[User]) -> list[str]:
        """End it; return sentences that say what became of it."""


_endings: list[Ending] = []


def register(ending: Ending) -> None:
    """Add an ending."""
    if ending not in _endings:
        _endings.append(ending)


def consequences(people: Sequence[User]) -> list[str]:
    """Return what would end with these people, as sentences."""
    return [sentence for ending in _endings for sentence in ending.consequences(people)]


def end(people: Sequence[User]) -> list[str]:
    """End it; return what became of it, as sentences."""
    return [sentence for ending in _endings for sentence in ending.end(people)]


def is_asked_to_end(request: HttpRequest) -> bool:
    """Return whether the answer to the question was to end it."""
    return request.POST.get(CHOICE) == END
