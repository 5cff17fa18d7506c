"""The stages of reminders: the usual three, or a school's own (settings key `reminders`).

The key holds {"automatic": true, "stages": [{"days", "subject", "message", "late_fee"}, ...]}: days
after the due date, ascending; texts with the words of WORDS in braces; a fee as text, or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import rls

KEY = "reminders"
MOST = 5
MOST_DAYS = 366
WORDS = {
    "student": gettext_lazy("the student's name"),
    "number": gettext_lazy("the invoice's number"),
    "amount": gettext_lazy("what is still to pay, with the currency"),
    "due": gettext_lazy("the due date"),
    "days": gettext_lazy("the days since then"),
    "school": gettext_lazy("the school's name"),
}
WORD = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Stage:
    """One stage: `days` after the due date at the earliest; `late_fee` in the school's currency."""

    number: int
    days: int
    subject: str
    message: str
    late_fee: Decimal = Decimal(0)

    def written(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return (subject, message) with `values` for the WORDS."""
        subject = WORD.sub(lambda word: values.get(word[1], word[0]), self.subject)
        message = WORD.sub(lambda word: values.get(word[1], word[0]), self.message)
        return " ".join(subject.split())[:255], message


def unknown_words(text: str) -> list[str]:
    """Return the words in braces that stand for nothing."""
    return [f"{{{word}}}" for word in WORD.findall(text) if word not in WORDS]


def of_school() -> list[Stage]:
    """Return the current school's stages, the first one first; odd ones are left out."""
    rows = _settings().get("stages")
    stages = [_stage(row) for row in rows] if isinstance(rows, list) else _usual()
    return [
        Stage(number, *stage)
        for number, stage in enumerate((stage for stage in stages if stage), start=1)
    ][:MOST]


def are_automatic() -> bool:
    """Return whether the current school's reminders are sent by themselves."""
    return _settings().get("automatic") is True


def _settings() -> dict[str, Any]:
    tenant = rls.current().tenant
    kept = (tenant.settings or {}).get(KEY) if tenant is not None else None
    return kept if isinstance(kept, dict) else {}


def _stage(row: Any) -> tuple[int, str, str, Decimal] | None:
    try:
        days, fee = int(row["days"]), Decimal(row.get("late_fee") or 0)
        texts = str(row["subject"]), str(row["message"])
    except (TypeError, KeyError, ValueError, AttributeError, InvalidOperation):
        return None
    return (days, *texts, fee if fee.is_finite() and fee > 0 else Decimal(0))


def _usual() -> list[tuple[int, str, str, Decimal] | None]:
    polite = _(
        "{amount} of invoice {number} for {student} was due on {due}. Perhaps you have missed it:"
        " please pay it in the next days. If you have paid meanwhile, thank you; there is nothing"
        " more to do."
    )
    firm = _(
        "we have reminded you of invoice {number} for {student}. It was due on {due}, {days} days"
        " ago, and {amount} are still to pay. Please pay now, or talk to us."
    )
    last = _(
        "invoice {number} for {student} is {days} days late, and {amount} are still to pay. This is"
        " our last reminder. Please pay at once, or call the office to agree on another way."
    )
    nothing = Decimal(0)
    return [
        (7, _("Reminder: invoice {number}"), polite, nothing),
        (21, _("Second reminder: invoice {number}"), firm, nothing),
        (42, _("Last reminder: invoice {number}"), last, nothing),
    ]
