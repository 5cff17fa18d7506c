"""Numbers as people type them, and money as they read it.

12  12.5  12,5          point or comma, whatever the locale
1,234.50  1.234,50      thousands apart, where both signs tell which is which
1 234,50  1'234.50
1,234,567
"""

import re
from decimal import Decimal, InvalidOperation
from typing import cast

from django.utils.formats import number_format
from iso4217 import Currency

from core.rounding import half_up

PLAIN = r"[0-9]{1,9}(?:[.,][0-9]{1,9})?"  # a number in a cell of the gradebook
SPACES = re.compile(r"(?<=[0-9])[\s'’](?=[0-9]{3}(?![0-9]))")  # between thousands
GROUPS = re.compile(r"([0-9]{1,3})((?:[.,][0-9]{3})+)([.,][0-9]+)?")
MINUS = str.maketrans({"−": "-", "–": "-"})


def read(text: object, *, has_thousands: bool = False) -> Decimal:
    """Return the `Decimal` that somebody typed, with the digits they typed; raises ValueError.

    With `has_thousands` (amounts) 1,250 is 1250, because three digits follow a single comma;
    without (cells) it is 1.250. A single point stands before decimals in both.
    """
    text = SPACES.sub("", str(text).translate(MINUS).strip())
    sign = text[:1] if text[:1] in ("-", "+") else ""
    digits = _without_groups(text.removeprefix(sign).strip(), has_thousands)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?|\.[0-9]+", digits):
        raise ValueError(text)
    try:
        return Decimal(sign + digits)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _without_groups(text: str, has_thousands: bool) -> str:
    """Return digits with a point for the decimals; text that is no number as it is."""
    match = GROUPS.fullmatch(text)
    if match is None:
        return text.replace(",", ".") if text.count(",") + text.count(".") == 1 else text
    first, groups, decimals = match.groups()
    signs = re.sub("[0-9]", "", groups)
    if decimals is None and len(signs) == 1:
        # Nobody writes thousands of nothing: 0,125.
        is_group = has_thousands and signs == "," and not first.startswith("0")
        return text.replace(",", "" if is_group else ".")
    if len(set(signs)) > 1 or (decimals and decimals[0] == signs[0]):
        return text
    return first + re.sub("[.,]", "", groups) + (decimals or "").replace(",", ".")


def plain(number: Decimal | float | str) -> str:
    """Return a number in the reader's locale with the digits it needs: 2, not 2.0."""
    normal = Decimal(str(number)).normalize()
    return number_format(normal, max(0, _places(normal)), use_l10n=True)


def money(amount: Decimal | float | str, currency: str) -> str:
    """Return an amount in the reader's locale with its currency's decimals, or all that it has.

    Thousands are apart: 1,234.50. (`read` takes it back.)
    """
    amount = Decimal(str(amount))
    places = max(decimals(currency), _places(amount.normalize()))
    return number_format(half_up(amount, places), places, use_l10n=True, force_grouping=True)


def decimals(currency: str) -> int:
    """Return how many digits after the point a currency has by ISO 4217; 2 for an unknown one."""
    known = Currency.__members__.get(currency or "")
    return 2 if known is None or known.exponent is None else known.exponent


def _places(number: Decimal) -> int:
    """Return how many digits a finite number has after the point; negative for round hundreds."""
    return -cast(int, number.as_tuple().exponent)
