"""A term rolled over into the next: its classes, weekly slots and assignments copied, and its
students taken along.

`preview` says what would happen, `carry_out` does it, all or nothing. A class that was copied
before is known by its name and code in the target term: doing it twice copies nothing twice.
"""

from academics.services.rollover.copying import carry_out
from academics.services.rollover.plan import Choice, RolloverRefused
from academics.services.rollover.previewing import preview, targets
from academics.services.rollover.years import Promotion, is_due, moves

__all__ = [
    "Choice",
    "Promotion",
    "RolloverRefused",
    "carry_out",
    "is_due",
    "moves",
    "preview",
    "targets",
]
