"""What a person chose for themselves: how pages look, how long lists are, where they begin.

Kept in `users.preferences` beside what other apps keep there. Whatever else the column holds, by
hand or from an older version, counts as not chosen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

THEMES = [("auto", _("As the device has it")), ("light", _("Light")), ("dark", _("Dark"))]
DENSITIES = [("comfortable", _("Comfortable")), ("compact", _("Compact: more rows on the screen"))]
ROWS = [(25, "25"), (50, "50"), (100, "100")]
DEFAULT_ROWS = 50


@dataclass(frozen=True)
class Preferences:
    """`theme` is "" where nobody chose: the device and the admin's own switch decide then."""

    theme: str = ""
    density: str = "comfortable"
    rows: int = DEFAULT_ROWS
    start: str = ""  # the path of the page that comes after signing in; "" for the usual one


def read(kept: Any) -> Preferences:
    """Return what the column `preferences` says; the default where it says nothing of use."""
    kept = kept if isinstance(kept, dict) else {}
    start = kept.get("start")
    return Preferences(
        theme=_among(THEMES, kept.get("theme"), ""),
        density=_among(DENSITIES, kept.get("density"), "comfortable"),
        rows=_among(ROWS, kept.get("rows"), DEFAULT_ROWS),
        start=start if isinstance(start, str) else "",
    )


def merged(kept: Any, chosen: Preferences) -> dict[str, Any]:
    """Return the column's new value: the choices, beside whatever else it holds."""
    return (kept if isinstance(kept, dict) else {}) | asdict(chosen)


def _among(choices: list[tuple[Any, Any]], value: Any, default: Any) -> Any:
    # Compared with its type: True is 1, and a list is in no dict.
    same = [known for known, _label in choices if type(known) is type(value) and known == value]
    return same[0] if same else default
