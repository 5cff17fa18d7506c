from finance.models.invoice import Invoice
from finance.models.payment import Payment

__all__ = ["Invoice", "Payment"]
