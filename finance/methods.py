"""Ways of paying: the usual ones, and a school's own (settings key `payment_methods`).

The key holds {code: name}; the database takes no payment by any other code
(finance/sql/payments.sql).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import rls


class Method(models.TextChoices):
    CASH = "cash", _("Cash")
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    CARD = "card", _("Card terminal")
    CHEQUE = "cheque", _("Cheque")
    STRIPE = "stripe", _("Stripe")


def own() -> dict[str, str]:
    """Return {code: name} of the current school's own methods."""
    tenant = rls.current().tenant
    methods = (tenant.settings or {}).get("payment_methods") if tenant is not None else None
    return dict(methods) if isinstance(methods, dict) else {}


def choices() -> list[tuple[str, str]]:
    """Return (code, name) of all methods that the current school takes."""
    return [*((code, str(name)) for code, name in Method.choices), *own().items()]


class Taken:
    """The methods of the current school, as columns and filters ask a `Choices` class."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        return choices()

    @property
    def values(self) -> list[str]:
        return [code for code, _name in choices()]

    @property
    def labels(self) -> list[str]:
        return [name for _code, name in choices()]


TAKEN: Any = Taken()


class MethodField(models.CharField):
    """A payment's method. Its choices are the school's, so that no migration knows them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", choices)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, "django.db.models.CharField", args, kwargs
