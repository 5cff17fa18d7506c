"""The grammar of the gradebook's cells.

    17  10.5  10,5    points
    17/20             points of another total, scaled to the assignment's highest score
    85%  85,5 %       a share of the highest score
    B+  b+            a letter of the class's scale: the fewest points that earn it, so the lowest
                      letter is 0 points; without a highest score just the letter
    =7                the letter 7, where a scale's letters are numbers (a bare 7 is 7 points)
    *                 excused: counts for nothing
    (nothing)         no grade

Decimals are exact. Points have at most two decimal places; scaled points are rounded to two, half
up, and the points of a letter are rounded up, so that they still earn that letter.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import cast

from django.utils.translation import gettext as _

from academics.grading.scales import DASHES, Scale
from core import numbers
from core.numbers import PLAIN
from core.rounding import half_up

EXCUSED = "*"
LONGEST = 40  # characters of a cell
PLACES = Decimal("0.01")
LARGEST = Decimal("9999.99")  # numeric(6, 2)
POINTS = re.compile(PLAIN)
FRACTION = re.compile(rf"({PLAIN})\s*/\s*({PLAIN})")
PERCENT = re.compile(rf"({PLAIN})\s*%")
NEGATIVE = re.compile(rf"-\s*{PLAIN}\s*(?:%|/.*)?")


class Refused(ValueError):
    """A cell cannot be saved; the message says why."""


@dataclass(frozen=True)
class Mark:
    """The parsed content of a cell; all empty means no grade."""

    score: Decimal | None = None
    letter: str | None = None
    excused: bool = False

    @property
    def is_empty(self) -> bool:
        return self.score is None and self.letter is None and not self.excused


def read(text: str | None, max_score: Decimal | int | None, scale: Scale) -> Mark:
    """Return the `Mark` of a cell; raises Refused.

    `max_score` may be None; `scale` is the class's `Scale`.
    """
    text = " ".join((text or "").translate(DASHES).split())
    if len(text) > LONGEST:
        raise Refused(_("This is too long for a grade."))
    if not text:
        return Mark()
    if text == EXCUSED:
        return Mark(excused=True)
    highest = None if max_score is None else Decimal(max_score)
    if POINTS.fullmatch(text):
        return _scored(_points(text), highest, scale)
    if NEGATIVE.fullmatch(text):
        raise Refused(_("A score cannot be negative."))
    letter = scale.find(text.removeprefix("=").strip())
    if letter is not None:
        return _lettered(letter, highest, scale)
    if match := FRACTION.fullmatch(text):
        return _scored(_of_another_total(match[1], match[2], highest), highest, scale)
    if match := PERCENT.fullmatch(text):
        return _scored(_share(numbers.read(match[1]), highest), highest, scale)
    raise Refused(
        _("“%(text)s” is neither points (17, 17/20, 85%%) nor a grade of the scale: %(all)s.")
        % {"text": text, "all": ", ".join(scale.letters)}
    )


def write(score: Decimal | None, letter: str | None = None, excused: bool = False) -> str:
    """Return the text of a cell; `read` parses it to the same grade."""
    if excused:
        return EXCUSED
    if score is not None:
        return f"{Decimal(score).normalize():f}"
    if letter and POINTS.fullmatch(letter):
        return f"={letter}"
    return letter or ""


def percent(score: Decimal | None, max_score: Decimal | int | None) -> Decimal | None:
    """Return a score in percent of the highest; None without one."""
    if score is None or not max_score:
        return None
    return 100 * Decimal(score) / Decimal(max_score)


def _points(text: str) -> Decimal:
    points = numbers.read(text)
    if cast(int, points.as_tuple().exponent) < -2:
        raise Refused(_("Points have at most two decimal places."))
    return points


def _of_another_total(part: str, total: str, highest: Decimal | None) -> Decimal:
    points, most = numbers.read(part), numbers.read(total)
    if not most:
        raise Refused(_("Nothing can be divided by 0."))
    if highest is None:
        raise Refused(_no_highest())
    return half_up(points * highest / most, 2)


def _share(share: Decimal, highest: Decimal | None) -> Decimal:
    if highest is None:
        raise Refused(_no_highest())
    return half_up(share * highest / 100, 2)


def _no_highest() -> str:
    return _("The assignment has no highest score: enter points or a letter.")


def _scored(points: Decimal, highest: Decimal | None, scale: Scale) -> Mark:
    if highest is not None and points > highest:
        raise Refused(
            _("%(points)s is more than the highest score, %(highest)s.")
            % {"points": write(points), "highest": write(highest)}
        )
    if points > LARGEST:
        raise Refused(_("A number is too large."))
    points = points.quantize(PLACES)
    return Mark(score=points, letter=scale.letter(percent(points, highest)))


def _lettered(letter: str, highest: Decimal | None, scale: Scale) -> Mark:
    if highest is None:
        return Mark(letter=letter)
    points = (scale.bound(letter) * highest / 100).quantize(PLACES, ROUND_CEILING)
    return Mark(score=min(points, highest), letter=letter)
