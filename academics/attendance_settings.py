"""The school's settings for attendance: reasons of absences, and its own codes."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy

from core import rls

REASONS = "absence_reasons"
CODES = "attendance_codes"
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


def _settings() -> dict[str, list[list[str]]]:
    return rls.current_tenant().settings or {}
