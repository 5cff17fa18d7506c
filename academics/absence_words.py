"""Absences in words, as registers, lists and the family's pages say them."""

from datetime import date, time

from django.utils.translation import gettext as _

from academics.models import Absence
from academics.selectors.register import Away
from core import written


def days(first: date, last: date) -> str:
    """Return the days of an absence."""
    if first == last:
        return written.text(first, "D j M Y")
    return f"{written.text(first, 'D j M Y')} – {written.text(last, 'D j M Y')}"


def times(begins: time | None, ends: time | None) -> str:
    """Return the part of the day, "" for all of it."""
    if begins and ends:
        return f"{written.text(begins, 'H:i')}–{written.text(ends, 'H:i')}"
    if begins:
        return _("from %(time)s") % {"time": written.text(begins, "H:i")}
    if ends:
        return _("until %(time)s") % {"time": written.text(ends, "H:i")}
    return ""


def period(absence: Absence) -> str:
    """Return when somebody is away."""
    part = times(absence.starts_at, absence.ends_at)
    return f"{days(absence.starts_on, absence.ends_on)}{', ' if part else ''}{part}"


def on_day(away: Away) -> str:
    """Return why somebody is away on a day, as its register says it: "Ill since 3 Mar (office)"."""
    words = {
        "reason": away.reason,
        "times": times(away.starts_at, away.ends_at),
        "day": written.text(away.starts_on, "j M"),
        "by": Absence.Source(away.source).label.lower(),
    }
    if words["times"]:
        text = _("%(reason)s %(times)s (%(by)s)") % words
    elif away.starts_on < away.day:
        text = _("%(reason)s since %(day)s (%(by)s)") % words
    else:
        text = _("%(reason)s (%(by)s)") % words
    if away.status == Absence.Status.REPORTED:
        return _("%(text)s, not approved yet") % {"text": text}
    return text
