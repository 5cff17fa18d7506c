"""Scales: letters and the lowest percentage that earns each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# Canvas's default, as in app.letter_grade() (academics/sql/enrollment_progress.sql).
DEFAULT_STEPS = (
    ("A", 94), ("A-", 90), ("B+", 87), ("B", 84), ("B-", 80), ("C+", 77), ("C", 74), ("C-", 70),
    ("D+", 67), ("D", 64), ("D-", 61), ("F", 0),
)  # fmt: skip
DASHES = str.maketrans("−–—‐‑", "-----")


def plain(text: str) -> str:
    """Return a text as letters are compared: one kind of dash, single spaces."""
    return " ".join(text.translate(DASHES).split())


@dataclass(frozen=True)
class Scale:
    """Letters with their lower bounds in percent, the highest first."""

    steps: tuple[tuple[str, Decimal], ...]

    @classmethod
    def of(cls, steps: str | Sequence[Sequence[Any]] | None) -> Scale:
        """Return the scale of [[letter, bound, ...], ...] or its JSON; None is the default."""
        if isinstance(steps, str):
            steps = json.loads(steps, parse_float=Decimal)
        pairs = [(str(step[0]), Decimal(str(step[1]))) for step in steps or DEFAULT_STEPS]
        return cls(tuple(sorted(pairs, key=lambda pair: pair[1], reverse=True)))

    @property
    def letters(self) -> list[str]:
        return [letter for letter, _bound in self.steps]

    def letter(self, percent: Decimal | None) -> str | None:
        """Return the letter that a percentage earns; None for None."""
        if percent is None:
            return None
        return next((letter for letter, bound in self.steps if bound <= percent), None)

    def find(self, text: str) -> str | None:
        """Return the scale's own spelling of a letter, or None.

        Case matters only if the scale has letters that differ in nothing else.
        """
        wanted = plain(text)
        exact = [letter for letter in self.letters if plain(letter) == wanted]
        folded = wanted.casefold()
        alike = [letter for letter in self.letters if plain(letter).casefold() == folded]
        if exact:
            return exact[0]
        return alike[0] if len(alike) == 1 else None

    def bound(self, letter: str) -> Decimal:
        """Return the lowest percentage that earns the letter."""
        return next(bound for name, bound in self.steps if name == letter)
