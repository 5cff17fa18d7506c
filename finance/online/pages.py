"""Where families see an invoice and can pay it: a higher app registers its page."""

from collections.abc import Callable

from core import addresses
from core.models import User
from finance.models import Invoice
from finance.online import accounts

# Of an invoice and somebody with an account: the path of their page of it, "" if they have none.
Page = Callable[[Invoice, User], str]

_registered: list[Page] = []


def register(page: Page) -> None:
    _registered.append(page)


def to_pay(invoice: Invoice, user: User | None) -> str:
    """Return the address at which somebody pays an invoice online; "" where they cannot."""
    if user is None or invoice.balance <= 0 or not accounts.provider():
        return ""
    path = next(filter(None, (page(invoice, user) for page in _registered)), "")
    return f"{addresses.main_site()}{path}" if path else ""
