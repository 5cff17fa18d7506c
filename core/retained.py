"""How long a school keeps what is kept for a time only: keys of tenants.settings, with bounds.

Each app declares its kinds; the settings' page (core.admin.privacy_page) has a field for each.
The database has the bounds too (app.is_setting). What goes when is decided where it is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core import rls

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from core.models import Tenant

    Text = str | StrPromise

DAYS = {"days": 1, "months": 365.25 / 12, "years": 365.25}  # of each unit


@dataclass(frozen=True)
class Kind:
    """A kind of data: the key of its setting, bounds, and what counts where none is set.

    The key ends in the unit: `kept_audit_months`.
    """

    key: str
    label: Text
    about: Text
    least: int
    most: int
    usual: Callable[[], int]

    def chosen(self, tenant: Tenant | None = None) -> int:
        """Return the number of days or months in a school, or the current one."""
        tenant = tenant or rls.current().tenant
        kept = ((tenant.settings or {}) if tenant is not None else {}).get(self.key)
        return kept if isinstance(kept, int) and self.least <= kept <= self.most else self.usual()

    def time(self, tenant: Tenant | None = None) -> timedelta:
        """Return how long a school, or the current one, keeps it."""
        unit = self.key.rpartition("_")[2]
        return timedelta(days=round(self.chosen(tenant) * DAYS[unit]))


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind of data; return it."""
    _kinds[kind.key] = kind
    return kind


def kinds() -> list[Kind]:
    """Return all kinds, by their keys."""
    return [_kinds[key] for key in sorted(_kinds)]


# What PostgreSQL does not find in the settings: core/sql/retention.sql.
AUDIT = register(
    Kind(
        key="kept_audit_months",
        label=_("Audit trail, in months"),
        about=_("Who changed what and when. Older entries are removed every night."),
        least=12,
        most=120,
        usual=lambda: 24,
    )
)
