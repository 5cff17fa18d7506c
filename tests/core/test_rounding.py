"""Half up, whatever kind of number it is."""

from decimal import Decimal

import pytest

from core.rounding import half_up, percent


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        (Decimal("12.5"), 0, "13"),
        (Decimal("13.5"), 0, "14"),
        (Decimal("0.125"), 2, "0.13"),
        (Decimal("0.1249"), 2, "0.12"),
        (Decimal("-0.125"), 2, "-0.13"),
        (2.675, 2, "2.68"),  # the binary number is a little less
        (66.25, 1, "66.3"),
        (3, 1, "3.0"),
    ],
)
def test_a_half_goes_up(number, places, expected):
    assert str(half_up(number, places)) == expected


@pytest.mark.parametrize(
    ("part", "whole", "places", "expected"),
    [(1, 8, 0, "13"), (1, 16, 1, "6.3"), (2, 3, 0, "67"), (0, 3, 1, "0.0"), (3, 3, 0, "100")],
)
def test_a_share_in_percent(part, whole, places, expected):
    assert str(percent(part, whole, places)) == expected
