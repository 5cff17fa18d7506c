"""The filters of reports.

A filter reads its parameters from a URL (`parse`, with messages for errors), and turns them into
text for people (`describe`) and into SQL (`where`). Values are text by the parameter's name, so
that they fit a URL, a JSON column and a command line, and parsing them again changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _

from core import reading, rls, search
from reporting.catalog import periods

MAX_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter: `name` is its parameter, `column` the column of the view."""

    name: str
    column: str
    label: str
    help_text: str = ""

    @property
    def keys(self):
        """The parameters that belong to this filter."""
        return (self.name,)

    def parse(self, mapping):
        """Return {parameter: text} of the requested values; raises ValidationError by parameter."""
        text = _text(mapping, self.name)
        return {self.name: self.clean(text)} if text else {}

    def clean(self, text):
        return text

    def describe(self, values):
        """Return the chosen value as text for people; "" for none."""
        return values.get(self.name, "")

    def where(self, values):
        """Return (condition, parameters) for the view's rows; ("", []) for no condition."""
        if self.name not in values:
            return "", []
        return self.condition(values[self.name])

    def condition(self, value):
        return f"{self.column} = %s", [value]

    def settings(self, values):
        """Return {setting: text} that the view reads."""
        return {}

    def settled(self, values):
        """Return {parameter: text} of values that follow from other filters being unset."""
        return {}

    def is_offered(self):
        """Return whether there is anything to choose. Needs a tenant context."""
        return True


@dataclass(frozen=True, kw_only=True)
class Choice(Filter):
    """One of a model's choices (a Django Choices class)."""

    choices: object = None

    def clean(self, text):
        for value, label in self.choices.choices:
            if text.casefold() in (str(value).casefold(), str(label).casefold()):
                return str(value)
        raise ValidationError(
            {
                self.name: _("“%(text)s” is not one of: %(choices)s.")
                % {"text": text, "choices": ", ".join(map(str, self.choices.labels))}
            }
        )

    def describe(self, values):
        return str(dict(self.choices.choices).get(values.get(self.name), ""))


@dataclass(frozen=True, kw_only=True)
class Flag(Filter):
    """Only the rows for which `column` is true."""

    def clean(self, text):
        if text.casefold() in ("yes", "1", "true", "on"):
            return "yes"
        raise ValidationError({self.name: _("Write “yes”, or leave it out.")})

    def describe(self, values):
        return _("yes") if self.name in values else ""

    def condition(self, value):
        return self.column, []


@dataclass(frozen=True, kw_only=True)
class Text(Filter):
    """Part of a text. Not for views with many rows: it uses no index."""

    def condition(self, value):
        return f"app.folded({self.column}) like app.contains_pattern(app.folded(%s))", [value]


@dataclass(frozen=True, kw_only=True)
class Search(Filter):
    """Rows whose `column` is an id that a search function of the database returns.

    Each word must match. core.search says why functions are used.
    """

    function = None

    def condition(self, value):
        words = search.split(value)
        results = search.find(words, [self.function])
        parts = [self._in(results[word, self.function]) for word in words]
        return (
            " and ".join(sql for sql, _params in parts),
            [param for _sql, params in parts for param in params],
        )

    def _in(self, ids):
        if isinstance(ids, list):
            return f"{self.column} = any(%s::uuid[])", [[str(pk) for pk in ids]]
        return f"{self.column} in ({ids.sql})", list(ids.params)


class Person(Search):
    """People by part of their name, e-mail, student number or phone."""

    function = "app.search_users"


class Class(Search):
    """Classes by part of their name or code."""

    function = "app.search_classes"


class Assignment(Search):
    """Assignments by part of their title."""

    function = "app.search_assignments"


class Invoice(Search):
    """Invoices by part of their number."""

    function = "app.search_invoices"


class Attending(Class):
    """People, by the classes that they attend or attended."""

    def condition(self, value):
        classes = Class(name=self.name, column="e.class_id", label=self.label)
        condition, params = classes.condition(value)
        return (
            f"{self.column} in (select e.student_id from enrollments e"  # noqa: S608
            f" where e.tenant_id = app.tenant_id() and {condition})",
            params,
        )


@dataclass(frozen=True, kw_only=True)
class DateRange(Filter):
    """Days from `from` to `to`, both inclusive, or a period by name that moves on with time.

    `default` is the period without parameters. With `moments` the column is a timestamp, and days
    are in the school's time zone.
    """

    name: str = "period"
    default: str = periods.ALL
    moments: bool = False

    keys = ("period", "from", "to")

    def parse(self, mapping):
        """Parse the dates and the period; dates win if both are given."""
        errors, days = {}, {}
        for key in ("from", "to"):
            try:
                if text := _text(mapping, key):
                    days[key] = _day(text).isoformat()
            except ValidationError as error:
                errors[key] = error.messages
        if len(days) == 2 and days["from"] > days["to"]:
            errors["to"] = _("The last day is before the first.")
        period = _text(mapping, "period")
        if period and period not in periods.PERIODS:
            errors["period"] = _("“%(text)s” is not one of: %(choices)s.") % {
                "text": period,
                "choices": ", ".join(periods.PERIODS),
            }
        elif not days and period in periods.TERMS and not self._is_there(period):
            errors["period"] = _("There is no such term; add the school's terms first.")
        if errors:
            raise ValidationError(errors)
        if days:
            return days
        period = period or self.default
        return {"period": period} if period != periods.ALL or self.default != periods.ALL else {}

    @staticmethod
    def _is_there(period):
        """Return whether the term exists; without it, all rows would count as its rows."""
        return periods.term(period, rls.current_tenant().today()) is not None

    def describe(self, values):
        first, last = self.days(values)
        if values.get("period") == periods.ALL:
            return str(periods.PERIODS[periods.ALL])
        if first and last:
            between = f"{_format(first)} – {_format(last)}"
            if "period" in values:
                return f"{periods.PERIODS[values['period']]} ({between})"
            return between
        if first:
            return _("from %(day)s") % {"day": _format(first)}
        return _("to %(day)s") % {"day": _format(last)} if last else ""

    def days(self, values):
        """Return the first and last day at the school; None for an open end."""
        if "period" in values:
            return periods.resolve(values["period"], rls.current_tenant().today())
        return tuple(
            date.fromisoformat(values[key]) if key in values else None for key in ("from", "to")
        )

    def where(self, values):
        first, last = self.days(values)
        parts, params = [], []
        if first:
            parts.append(f"{self.column} >= %s")
            params.append(self._midnight(first) if self.moments else first)
        if last:
            parts.append(f"{self.column} < %s" if self.moments else f"{self.column} <= %s")
            params.append(self._midnight(last + timedelta(days=1)) if self.moments else last)
        return " and ".join(parts), params

    @staticmethod
    def _midnight(day):
        return datetime.combine(day, time.min, tzinfo=rls.current_tenant().timezone)


@dataclass(frozen=True, kw_only=True)
class Period(DateRange):
    """The period that a view summarizes; it reads app.period_from and app.period_to."""

    column: str = ""

    def where(self, values):
        return "", []

    def settings(self, values):
        first, last = self.days(values)
        return {
            "app.period_from": first.isoformat() if first else "",
            "app.period_to": last.isoformat() if last else "",
        }


def _text(mapping, key):
    text = str(mapping.get(key) or "").replace("\x00", "").strip()
    if len(text) > MAX_TEXT:
        raise ValidationError(
            {key: _("This is longer than %(max)d characters.") % {"max": MAX_TEXT}}
        )
    return text


def _day(text):
    try:
        day = reading.day(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None
    # Beyond these, the day before or after would leave the calendar.
    if not date(1900, 1, 1) <= day <= date(2999, 12, 31):
        raise ValidationError(_("Choose a day between 1900 and 2999."))
    return day


def _format(day):
    return formats.date_format(day, "SHORT_DATE_FORMAT")
