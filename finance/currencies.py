"""The currencies that money can be in: those of ISO 4217 with a minor unit that we can keep.

The table is the library's (iso4217), which follows the list of the standard's maintenance agency;
finance/sql/currencies.sql has the same for the database, and a test compares the two.
"""

from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from iso4217 import Currency

MOST_DECIMALS = 3


@cache
def exponents() -> dict[str, int]:
    """Return {code: number of decimals}; without metals, funds and codes for tests."""
    return {
        currency.code: currency.exponent
        for currency in Currency
        if currency.exponent is not None and currency.exponent <= MOST_DECIMALS
    }


def validate_currency(code: str) -> None:
    """Raise ValidationError unless `code` is a currency of ISO 4217, in capitals."""
    if code not in exponents():
        raise ValidationError(_("Use the three capital letters of ISO 4217, for example USD."))
