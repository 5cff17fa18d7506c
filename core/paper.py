"""The paper that a school prints on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from core.models import Tenant

SETTING = "paper"  # the key in tenants.settings
DEFAULT = "a4"
# value -> (name that people know, name that typst knows)
PAPERS = {"a4": (_("A4"), "a4"), "letter": (_("Letter (8.5 × 11 in)"), "us-letter")}
CHOICES = [(value, name) for value, (name, _typst) in PAPERS.items()]


def typst_name(tenant: Tenant) -> str:
    """Return the school's paper as typst names it; A4 where the setting is missing or odd."""
    value = (tenant.settings or {}).get(SETTING)
    _name, name = PAPERS.get(value if isinstance(value, str) else DEFAULT, PAPERS[DEFAULT])
    return name
