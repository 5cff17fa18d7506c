"""The weekdays on which the school has lessons: tenants.settings["school_days"], by ISO 8601."""

from core import rls

SETTING = "school_days"
USUAL = (1, 2, 3, 4, 5)


def of_school() -> frozenset[int]:
    """Return the current school's weekdays, 1 for Monday to 7; Monday to Friday by default."""
    tenant = rls.current().tenant
    kept = ((tenant.settings or {}) if tenant is not None else {}).get(SETTING)
    return frozenset(kept if isinstance(kept, list) and kept else USUAL)
