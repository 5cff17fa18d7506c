"""The school's settings for admission: whether the form on the web is open, and what it asks."""

from core import rls

OPEN = "admission_open"
INTRO = "admission_intro"
FIELDS = "admission_fields"
NOTIFY = "admission_notify"


def is_open() -> bool:
    """Return whether strangers may apply on the current school's site."""
    return (rls.current_tenant().settings or {}).get(OPEN) is True


def intro() -> str:
    """Return what the school writes above the form."""
    return str((rls.current_tenant().settings or {}).get(INTRO) or "")
