"""The school's settings for attendance: reasons of absences, and its own codes."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from core import rls

REASONS = "absence_reasons"
CODES = "attendance_codes"
REPORTS = "absence_reports"
LONGEST_REASON = 100
USUAL_REASONS = [
    gettext_lazy("Ill"),
    gettext_lazy("Appointment"),
    gettext_lazy("Family"),
    gettext_lazy("Religious holiday"),
    gettext_lazy("School event"),
    gettext_lazy("Other reason"),
]


class Code(NamedTuple):
    """A code of the school, what it is called, and the status that it stands for."""

    code: str
    name: str
    status: str


def reasons() -> list[str]:
    """Return the reasons that the current school offers."""
    return [str(reason) for reason in _settings().get(REASONS) or USUAL_REASONS]


def codes() -> list[Code]:
    """Return the current school's codes, in its order; none by default."""
    return [Code(*code) for code in _settings().get(CODES) or []]


def families_report() -> bool:
    """Return whether guardians may report absences of their children (app.stamp_absence)."""
    return _settings().get(REPORTS) is not False


def _settings() -> dict[str, Any]:
    return rls.current_tenant().settings or {}
