"""Numbers as people type them, and money as they read it."""

import pytest
from django.utils import translation

from core import numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"), (" 12.50 ", "12.50"), ("12,50", "12.50"), (".5", "0.5"), (",5", "0.5"),
        ("-3", "-3"), ("− 3", "-3"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"), ("1\u202f234.5", "1234.5"), ("1'234.50", "1234.50"),
        ("1,234,567", "1234567"), ("10,5", "10.5"), ("1.234", "1.234"), ("0,125", "0.125"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_typed(text, number):
    assert str(numbers.read(text)) == number


@pytest.mark.parametrize(
    "text",
    ["", "two", "1,2,3", "1.2.3", "1,23.4", "1,234,5", "1.234.5", "1e3", "NaN", "--1", "1 2", "1."],
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="^"):
        numbers.read(text)


@pytest.mark.parametrize(
    ("language", "amount", "currency", "shown"),
    [
        ("en", "240.0", "USD", "240.00"), ("de", "240.0", "EUR", "240,00"),
        ("en", "240.00", "JPY", "240"), ("en", "1.5", "BHD", "1.500"),
        ("en", "0.125", "USD", "0.125"), ("de", 12.5, None, "12,50"),
        ("en", "1234567.5", "USD", "1,234,567.50"), ("de", "1234.5", "EUR", "1.234,50"),
    ],
)  # fmt: skip
def test_money_has_the_decimals_of_its_currency(language, amount, currency, shown):
    with translation.override(language):
        assert numbers.money(amount, currency) == shown
