"""The school's settings for attendance: how it is taken, reasons of absences, its own codes."""

from datetime import time
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from core import rls

REASONS = "absence_reasons"
CODES = "attendance_codes"
REPORTS = "absence_reports"
TAKEN = "attendance_taken"
REGISTER_TIME = "daily_register_time"
IN_CLASSES, DAILY, BOTH = "classes", "daily", "both"
WAYS = [
    (IN_CLASSES, gettext_lazy("In each class")),
    (DAILY, gettext_lazy("Once a day")),
    (BOTH, gettext_lazy("Both: once a day, and in each class")),
]
USUAL_TIME = time(8, 30)
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


def way() -> str:
    """Return how the current school takes attendance: one of WAYS."""
    return _settings().get(TAKEN) or IN_CLASSES


def takes_daily() -> bool:
    return way() in (DAILY, BOTH)


def takes_in_classes() -> bool:
    return way() != DAILY


def daily_register_time() -> time:
    """Return when the day's register is taken (app.daily_register_time() in SQL)."""
    text = _settings().get(REGISTER_TIME)
    return time.fromisoformat(text) if text else USUAL_TIME


def _settings() -> dict[str, Any]:
    return rls.current_tenant().settings or {}
