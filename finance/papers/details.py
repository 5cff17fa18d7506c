"""What stands on a school's invoices and receipts beside the figures: keys of tenants.settings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core import rls
from core.models import Tenant
from core.numbers import decimals
from core.rounding import half_up

TEXTS = ("address", "phone", "bank_details", "tax_number", "tax_name", "invoice_note")
TAX_PERCENT = "tax_percent"
MOST_PERCENT = Decimal(100)


@dataclass(frozen=True)
class Details:
    """The school's texts, "" where it has none; `tax_percent` is 0 where no tax is shown."""

    address: str = ""
    phone: str = ""
    bank_details: str = ""
    tax_number: str = ""
    tax_name: str = ""
    invoice_note: str = ""
    tax_percent: Decimal = Decimal(0)

    def tax_in(self, amount: Decimal, currency: str) -> Decimal:
        """Return the tax that an amount includes, in the currency's decimals."""
        share = amount * self.tax_percent / (100 + self.tax_percent)
        return half_up(share, decimals(currency))


def of_school(tenant: Tenant | None = None) -> Details:
    """Return the details of a school, or the current one; odd values count as none."""
    tenant = tenant or rls.current().tenant
    kept: dict[str, Any] = (tenant.settings or {}) if tenant is not None else {}
    texts = {name: kept[name] for name in TEXTS if isinstance(kept.get(name), str)}
    return Details(**texts, tax_percent=_percent(kept.get(TAX_PERCENT)))


def _percent(value: object) -> Decimal:
    try:
        percent = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return percent if percent.is_finite() and 0 < percent <= MOST_PERCENT else Decimal(0)
