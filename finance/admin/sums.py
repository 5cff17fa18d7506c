"""The sums above a list of money: one line a currency, of all rows that the filters let through."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from core.defaults import today
from core.models.base import TenantQuerySet
from finance.selectors import balances

MOST = 10_000  # rows that are added up; a longer list says nothing, until it is filtered


class SumsMixin:
    """A ModelAdmin whose list has sums: `sums_of(rows)` returns [(currency, amount, late part)]."""

    list_before_template = "finance/list_sums.html"
    sums_title = ""

    def changelist_view(self: Any, request: Any, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)  # type: ignore[misc]  # a mixin
        context = getattr(response, "context_data", None) or {}
        changelist = context.get("cl")
        if changelist is not None and 1 < changelist.result_count <= MOST:
            context["sums"] = self.sums_of(changelist.queryset.select_related(None))
            context["sums_title"] = self.sums_title
        return response


def still_to_pay(rows: Any) -> list[tuple[str, Decimal, Decimal]]:
    """Return what is still to pay of invoices, and the overdue part of it. One query."""
    return [
        (row["currency"], row["rest"], row["late"]) for row in balances.still_to_pay(rows, today())
    ]


def received(rows: TenantQuerySet[Any]) -> list[tuple[str, Decimal, Decimal]]:
    """Return what came in by payments and did not go back. One query."""
    sums = rows.order_by().values_list("currency").annotate(total=Sum(F("amount") - F("reversed")))
    return [(currency, amount, Decimal(0)) for currency, amount in sorted(sums)]
