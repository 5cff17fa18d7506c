"""The rows of an attendance register as shown and as submitted.

Each row carries the values it had when the page was opened. So an untouched row is never written,
and a row that somebody else changed meanwhile is shown with both values.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics import absence_words, attendance_settings
from academics.models import Attendance
from academics.selectors.register import Line
from academics.services.register import Mark
from core.defaults import today

Status = Attendance.Status
NOTES = forms.CharField(required=False, max_length=500)
MINUTES = forms.IntegerField(required=False, min_value=1, max_value=600)


@dataclass(frozen=True)
class Opened:
    """The values of a row when the page was opened; all empty without a mark."""

    version: datetime | None = None
    status: str = ""
    digest: str = ""

    @classmethod
    def of(cls, line):
        if not line.status:
            return cls()
        return cls(line.version, line.status, recorded(line).digest)

    @classmethod
    def parse(cls, text):
        """Parse the text of `str()`; any other text counts as a row without a mark."""
        try:
            moment, status, notes_digest = text.split("|")
            version = datetime.fromisoformat(moment).astimezone(UTC)
            return cls(version, Status(status).value, notes_digest)
        except (ValueError, OverflowError):
            return cls()

    def __str__(self):
        if self.version is None:
            return ""
        return f"{self.version.isoformat()}|{self.status}|{self.digest}"


@dataclass
class Row:
    """One student on the page: the recorded mark (`line`) and the chosen one."""

    line: Line
    status: str = ""
    notes: str = ""
    minutes: str = ""  # late, as typed
    code: str = ""  # one of the school's
    error: str = ""
    is_clash: bool = False
    is_offered: bool = False  # nobody has chosen it yet

    @property
    def key(self):
        return str(self.line.student_id)

    @property
    def opened(self):
        return str(Opened.of(self.line))

    @property
    def state(self):
        """saved, offered, blank or edited: the chosen mark compared with the recorded one."""
        if self.is_offered:
            return "offered"
        if not self.same(self.line):
            return "edited"
        return "saved" if self.line.status else "blank"

    @property
    def values(self):
        return self.status, self.notes, self.minutes, self.code

    @property
    def digest(self):
        return digest("|".join(filter(None, self.values[1:])))

    def same(self, line):
        return self.values == recorded(line).values

    @property
    def away(self):
        """What is known of an absence on that day: "Ill since 3 Mar (office)"; "" for nothing."""
        return absence_words.on_day(self.line.away) if self.line.away else ""

    @property
    def yours(self):
        return described(*self.values)

    @property
    def other(self):
        """Who recorded the present mark, and when."""
        name = self.line.recorder or _("Somebody else")
        return f"{name}, {moment(self.line.recorded_at)}" if self.line.status else name

    @property
    def theirs(self):
        return described(*recorded(self.line).values)


class Register:
    """The submitted rows: those to write, those with errors and those in conflict."""

    def __init__(self, lines, data):
        self.rows, self.marks = [], []
        self.codes = {code.code: code.status for code in attendance_settings.codes()}
        for line in lines:
            self.rows.append(self._row(line, data))
        known = {row.key for row in self.rows}
        sent = {name.removeprefix("opened-") for name in data if name.startswith("opened-")}
        self.gone = len(sent - known)

    def _row(self, line, data):
        row = recorded(line)
        if f"opened-{row.key}" not in data or data.get(f"choice-{row.key}") == "theirs":
            return row
        opened = Opened.parse(data[f"opened-{row.key}"])
        row.status = data.get(f"status-{row.key}", "")
        row.notes = tidy(data.get(f"notes-{row.key}", ""))
        if row.status not in Status.values:
            row.status = opened.status
        self._details(row, data)
        touched = row.status != opened.status or row.digest != opened.digest
        if not touched or row.same(line):
            return recorded(line)
        row.error = complaint(row)
        undecided = f"clash-{row.key}" in data and not data.get(f"choice-{row.key}")
        if undecided:
            row.is_clash = True
        elif not row.error:
            self.marks.append(
                Mark(
                    line.student_id,
                    row.status,
                    row.notes,
                    opened.version,
                    int(row.minutes) if row.minutes else None,
                    row.code,
                )
            )
        return row

    def _details(self, row, data):
        """Read code and minutes; a code that was chosen just now decides on the status."""
        line = row.line
        code = data.get(f"code-{row.key}", line.code)
        if code in self.codes and code != line.code:
            row.status = self.codes[code]
        # One that the school gave up since stays with its mark.
        is_kept = code == line.code and row.status == line.status
        row.code = code if is_kept or self.codes.get(code) == row.status else ""
        minutes = data.get(f"minutes-{row.key}", row.minutes)
        row.minutes = tidy(minutes)[:10] if row.status == Status.LATE else ""

    @property
    def wanted(self):
        return {mark.student_id for mark in self.marks}

    def settle(self, lines, missed):
        """Take over the recorded marks; the rows of `missed` students are in conflict."""
        now = {line.student_id: line for line in lines}
        wanted = self.wanted
        for row in self.rows:
            student_id = row.line.student_id
            row.line = now.get(student_id, row.line)
            if student_id in missed:
                row.is_clash = not row.same(row.line)
            elif student_id in wanted or not (row.error or row.is_clash):
                row.status, row.notes, row.minutes, row.code = recorded(row.line).values

    @property
    def clashes(self):
        return [row for row in self.rows if row.is_clash]

    @property
    def errors(self):
        return [row for row in self.rows if row.error]


def recorded(line):
    """Return the row that shows what is recorded."""
    minutes = "" if line.minutes_late is None else str(line.minutes_late)
    return Row(line, line.status or "", tidy(line.notes), minutes, line.code)


def offered(lines):
    """Return the rows of a page just opened: a register not taken yet is offered filled in.

    Everybody is present, but those whose approved absence covers the lesson are excused.
    """
    rows = [recorded(line) for line in lines]
    if not any(line.status for line in lines):
        for row in rows:
            away = row.line.away
            status = Status.EXCUSED if away and away.excuses else Status.PRESENT
            row.status, row.is_offered = status.value, True
    return rows


def complaint(row):
    """Return what is wrong with a row, or ""."""
    if not row.status:
        return _("Choose a mark as well; a note alone is not kept.")
    try:
        NOTES.clean(row.notes)
    except ValidationError as error:
        return " ".join(error.messages)
    try:
        MINUTES.clean(row.minutes)
    except ValidationError:
        return _("Minutes late are a number from 1 to 600.")
    return ""


def moment(at):
    """Return a point in time in words, at the school: the time only, if it is of today."""
    at = timezone.localtime(at)
    return formats.date_format(at, "TIME_FORMAT" if at.date() == today() else "DATETIME_FORMAT")


def described(status, notes, minutes="", code=""):
    """Return a mark in words."""
    label = str(Status(status).label) if status else _("no mark")
    late = minutes and _("%(n)s min") % {"n": minutes}
    details = ", ".join(filter(None, [code, late, notes]))
    return f"{label} ({details})" if details else label


def tidy(notes):
    """Return a note as the page's field of one line holds it."""
    return " ".join(notes.split())


def digest(notes):
    return hashlib.sha256(tidy(notes).encode()).hexdigest()[:12] if notes else ""


def saved_message(count):
    if not count:
        return _("Nothing was changed, so nothing was saved.")
    return ngettext("%(n)d mark saved.", "%(n)d marks saved.", count) % {"n": count}
