"""Amounts in templates."""

from django import template

from core import numbers

register = template.Library()


@register.filter
def money(amount, currency):
    """Return an amount in the reader's locale with its currency's decimals; "" of none."""
    return "" if amount is None else numbers.money(amount, currency)


@register.filter
def plain_number(number):
    """Return a quantity with the digits that it needs: 2, not 2.00."""
    return numbers.plain(number)
