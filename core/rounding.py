"""How numbers are rounded that people read: half up, as they would by hand."""

from decimal import ROUND_HALF_UP, Decimal


def half_up(number: Decimal | float | str, places: int = 0) -> Decimal:
    """Return a number as a `Decimal` with `places` digits after the point; 12.5 becomes 13.

    Python's round() takes 12.5 to 12, the even neighbour; PostgreSQL's round(numeric) takes it to
    13. A float is meant as it is written (2.675, not the binary number next to it).
    """
    exact = Decimal(str(number)) if isinstance(number, float) else Decimal(number)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(part: Decimal | int, whole: Decimal | int, places: int = 0) -> Decimal:
    """Return what share of the whole a part is, in percent, as a `Decimal`; whole is not 0."""
    return half_up(100 * Decimal(part) / Decimal(whole), places)
