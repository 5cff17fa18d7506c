"""Showing and saving a register, be it of a session or of a day."""

from abc import ABC, abstractmethod

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from academics import attendance_settings
from academics.admin import register_form
from academics.models import Attendance
from academics.selectors import register as registers
from core import written
from core.admin import pages
from core.constraints import RefusedByDatabase, explained

# Status -> the key that sets it, which is also its short form.
KEYS = [("present", "P"), ("absent", "A"), ("late", "L"), ("excused", "E")]
SQUARE = '<span class="reg__past reg__past--{}" title="{}: {}" aria-hidden="true">{}</span>'


class Sheet(ABC):
    """One register: who is on it, how it is saved, and how its page is called."""

    template = ""

    @abstractmethod
    def lines(self):
        """Return the `Line`s of its students, by name."""

    @abstractmethod
    def history(self):
        """Return (days before, {student id: [status or None, ...]})."""

    @abstractmethod
    def save(self, marks, by):
        """Write the marks; return the ids of the students whose marks were written."""

    @abstractmethod
    def explain(self, error):
        """Return why the database refused to save, in words."""

    @abstractmethod
    def url(self):
        """Return the address of its page."""

    @abstractmethod
    def title(self):
        """Return the title of its page."""

    @abstractmethod
    def context(self):
        """Return what its template needs besides the rows."""


def answer(request, sheet, refused):
    """Show a register; POST saves it. `refused` says why it is not taken, or is None."""
    if refused:
        if request.method == "POST":
            messages.error(request, refused)
            return redirect(sheet.url())
        return _page(request, sheet, [], {"refused": refused})
    lines = sheet.lines()
    if request.method == "POST":
        return _save(request, sheet, lines)
    return _page(request, sheet, register_form.offered(lines), _taken(lines))


def _save(request, sheet, lines):
    form = register_form.Register(lines, request.POST)
    try:
        with explained():
            written_ids = form.marks and sheet.save(form.marks, request.user)
    except RefusedByDatabase as error:
        # What was chosen stays on the page, to be read or copied.
        messages.error(request, sheet.explain(error))
        return _page(request, sheet, form.rows, _taken(lines))
    if form.gone:
        messages.warning(request, _gone(form.gone))
    missed = form.wanted - set(written_ids or ())
    if missed or form.clashes or form.errors:
        lines = sheet.lines()
        form.settle(lines, missed)
    if not (form.clashes or form.errors):
        messages.success(request, register_form.saved_message(len(written_ids or ())))
        return redirect(sheet.url())
    context = _taken(lines) | {
        "saved": len(written_ids or ()),
        "clashes": form.clashes,
        "wrong_fields": [(f"note-{row.key}", row.line.name, row.error) for row in form.errors],
    }
    status = 409 if form.clashes else 200
    return _page(request, sheet, form.rows, context, status=status)


def _taken(lines):
    """Return texts about who took the register and who changed it last."""
    first, changed = registers.taken(lines)
    return {
        "taken": first
        and _taken_text(_("Taken by %(name)s, %(time)s"), _("Taken %(time)s"), first),
        "changed": changed
        and _taken_text(_("changed by %(name)s, %(time)s"), _("changed %(time)s"), changed),
    }


def _taken_text(named, unnamed, taking):
    text = named if taking.by else unnamed
    return text % {"name": taking.by, "time": register_form.moment(taking.at)}


def _gone(count):
    return ngettext(
        "%(n)d student is no longer on this register; nothing was saved for them.",
        "%(n)d students are no longer on this register; nothing was saved for them.",
        count,
    ) % {"n": count}


def _page(request, sheet, rows, context, status=200):
    if rows:
        days, marks = sheet.history()
        squares = _Squares(days)
        for row in rows:
            row.history = squares.of(marks.get(row.line.student_id))
    context = {
        "rows": rows,
        "choices": _choices(),
        "codes": attendance_settings.codes(),
        "counts": _counts(rows),
        "is_later": False,
        **dict.fromkeys(("refused", "taken", "changed", "saved", "clashes")),
        **sheet.context(),
        **context,
    }
    return pages.show(request, sheet.template, sheet.title(), context, status)


def _choices():
    labels = _labels()
    return [(value, labels[value], key) for value, key in KEYS]


def _labels():
    return {value: str(label) for value, label in Attendance.Status.choices}


def _counts(rows):
    chosen = [row.status for row in rows]
    return [(value, label, chosen.count(value)) for value, label, _key in _choices()]


class _Squares:
    """The squares of the last days; one that many students have is drawn once."""

    def __init__(self, days):
        self._days = [(written.text(day, "j M"), written.text(day, "D j M Y")) for day in days]
        labels = _labels()
        self._marks = {value: (key, value, labels[value]) for value, key in KEYS}
        self._marks[None] = ("·", "none", _("no mark"))
        self._none = [None] * len(days)
        self._drawn = {}

    def of(self, marks):
        """Return one student's (marks in words, squares as HTML); `marks` is None without any."""
        places = enumerate(marks or self._none)
        drawn = [self._drawn.get(place) or self._draw(*place) for place in places]
        texts, squares = zip(*drawn, strict=True) if drawn else ((), ())
        return ", ".join(texts), Markup().join(squares)

    def _draw(self, place, mark):
        (day, full), (letter, kind, label) = self._days[place], self._marks[mark]
        drawn = f"{day} {label}", format_html(SQUARE, kind, full, label, letter)
        self._drawn[place, mark] = drawn
        return drawn
