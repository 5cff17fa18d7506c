"""The columns of a file: how a value is read from a cell and what is written into one.

Each kind is a widget of django-import-export. `clean` takes what a CSV (text) or an XLSX file
(text, number, date, time, bool, None) holds and returns the Python value, or raises ValueError with
the sentence that the person reads. `render` returns a typed value; the writer of the file decides
how it looks. A blank cell is None, and leaves an existing row as it is; a cell of `CLEAR` empties
it. `hint`, where there is one, explains what to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget

from exchange.cells import CONTROL, restore

if TYPE_CHECKING:
    from django.db.models import Choices, Model
    from django_stubs_ext import StrPromise

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?$")
DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})$")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?$")
# A text that is just this is written as any text that a spreadsheet takes for a formula: '-
CLEAR = "-"
# Beyond these, rounding a cell would say something else than the person wrote.
FLOAT_DIGITS = 10


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def is_clear(value: object) -> bool:
    """Return whether a cell asks to empty what is there."""
    return isinstance(value, str) and value.strip() == CLEAR


class Kind(Widget):
    """What all kinds have in common.

    `repeats`: few values make up a whole column of a list. `example`: a cell of a template.
    """

    repeats = False
    example: Any = ""
    hint: Any = ""

    def __init__(self) -> None:
        super().__init__(coerce_to_string=False)


class Text(Kind):
    """Text of at most `max_length` characters; numbers of a spreadsheet lose their ".0"."""

    def __init__(self, max_length: int | None = None) -> None:
        super().__init__()
        self.max_length = max_length

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip())
        if CONTROL.search(text):
            raise ValueError(_("This text holds characters that cannot be stored."))
        if self.max_length and len(text) > self.max_length:
            raise ValueError(
                _("This is longer than %(max)d characters (%(length)d).")
                % {"max": self.max_length, "length": len(text)}
            )
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Email(Text):
    """An e-mail address; compared without regard to case."""

    example = "ana.ruiz@example.com"

    def __init__(self) -> None:
        super().__init__(max_length=255)


class Date(Kind):
    """A day: a date cell, YYYY-MM-DD or DD.MM.YYYY. With slashes nobody knows the month."""

    hint = "YYYY-MM-DD"
    repeats = True

    @property
    def example(self) -> date:
        return timezone.localdate()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        if is_blank(value):
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = restore(str(value).strip())
        if match := ISO_DATE.match(text):
            year, month, day = match.groups()
        elif match := DOTTED_DATE.match(text):
            day, month, year = match.groups()
        else:
            raise ValueError(
                _("“%(text)s” is not a date; write it as YYYY-MM-DD, for example %(example)s.")
                % {"text": shorten(text), "example": timezone.localdate().isoformat()}
            )
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise ValueError(_("“%(text)s” is not in the calendar.") % {"text": text}) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> date | None:
        return value


class Time(Kind):
    """A time of day: a time cell or HH:MM."""

    hint = "HH:MM"
    example = "09:30"
    repeats = True

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> time | None:
        if is_blank(value):
            return None
        if isinstance(value, datetime):
            return value.time()
        if isinstance(value, time):
            return value
        text = restore(str(value).strip())
        try:
            match = CLOCK.match(text)
            hour, minute, second = match.groups() if match else ("", "", "")
            return time(int(hour), int(minute), int(second or 0))
        except ValueError:
            raise ValueError(
                _("“%(text)s” is not a time; write it as HH:MM, for example 09:30.")
                % {"text": shorten(text)}
            ) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> time | None:
        return value


class Moment(Kind):
    """A date and time at the school; written, never read."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> datetime | None:
        return None if value is None else timezone.localtime(value).replace(tzinfo=None)


class Number(Kind):
    """A decimal number of `places` after the point and `digits` in all."""

    hint = "1234.50"
    example = "12.50"
    repeats = True

    def __init__(self, digits: int = 10, places: int = 2) -> None:
        super().__init__()
        self.digits, self.places = digits, places

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | int | None:
        if is_blank(value):
            return None
        number = self._parse(value)
        if -cast(int, number.normalize().as_tuple().exponent) > self.places:
            raise ValueError(
                _("“%(text)s” has more than %(places)d digits after the point.")
                % {"text": shorten(str(value)), "places": self.places}
            )
        if abs(number) >= 10 ** (self.digits - self.places):
            raise ValueError(_("“%(text)s” is too large.") % {"text": shorten(str(value))})
        return number.quantize(Decimal(1).scaleb(-self.places))

    def _parse(self, value: Any) -> Decimal:
        text = restore(as_text(value).strip())
        try:
            number = Decimal(text)
            # Decimal also reads "1_000", "NaN" and digits of other scripts.
            if not number.is_finite() or not re.fullmatch(r"[-+0-9.eE]+", text):
                raise InvalidOperation
        except InvalidOperation:
            raise ValueError(
                _("“%(text)s” is not a number; write it like 1234.50, without a currency sign.")
                % {"text": shorten(text)}
            ) from None
        return number

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Decimal | int | None:
        return value


class Money(Number):
    """An amount, shown with the decimals of its currency: those that it is stored with."""


class Integer(Number):
    """A whole number that fits PostgreSQL's integer."""

    hint = "1234"
    example = "20"

    def __init__(self) -> None:
        super().__init__(digits=9, places=0)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        if is_blank(value):
            return None
        try:
            return int(cast(Decimal, super().clean(value)))
        except ValueError:
            raise ValueError(
                _("“%(text)s” is not a whole number.") % {"text": shorten(as_text(value))}
            ) from None


class Choice(Kind):
    """One of a model's choices, by its value, its label or one of `synonyms`, in any case.

    `synonyms` is {what other systems write, in lower case: value}.
    """

    repeats = True

    def __init__(self, choices: type[Choices], synonyms: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.choices = choices
        self.synonyms = synonyms or {}

    @property
    def hint(self) -> str:
        return ", ".join(self.choices.values)

    @property
    def example(self) -> str:
        return self.choices.values[0]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip())
        for known, label in self.choices.choices:
            if text.casefold() in (known.casefold(), str(label).casefold()):
                return known
        if text.casefold() in self.synonyms:
            return self.synonyms[text.casefold()]
        raise ValueError(
            _("“%(text)s” is not one of: %(choices)s.")
            % {"text": shorten(text), "choices": ", ".join(self.choices.values)}
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


# What a flag is called in files, in lower case, beside the words of the reader's language.
FLAGS = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "x", "ja", "j", "oui", "sí", "si"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "nein", "non"), False),
}


class YesNo(Kind):
    """A flag, by one of FLAGS."""

    repeats = True
    example = "yes"

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip()).casefold()
        known = FLAGS | {_("yes").casefold(): True, _("no").casefold(): False}
        if text not in known:
            raise ValueError(_("“%(text)s” is neither yes nor no.") % {"text": shorten(text)})
        return known[text]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else (_("yes") if value else _("no"))


class Json(Kind):
    """A JSON value as text."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if is_blank(value):
            return None
        try:
            return json.loads(restore(as_text(value)))
        except ValueError:
            raise ValueError(_("This is not valid JSON.")) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False)


class Reference(Kind):
    """Another row, by the text that people know it by (`attribute`).

    A resource that imports fills `known` with {text in lower case: rows} before the first row.
    """

    repeats = True

    def __init__(
        self,
        attribute: str,
        unknown: str | StrPromise,
        ambiguous: str | StrPromise | None = None,
        example: str = "",
    ) -> None:
        super().__init__()
        self.example = example
        self.attribute, self.unknown, self.ambiguous = attribute, unknown, ambiguous
        self.known: Mapping[str, Sequence[Model]] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Model | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip())
        matches = self.known.get(text.casefold(), ())
        if not matches:
            raise ValueError(str(self.unknown) % {"text": shorten(text)})
        if len(matches) > 1:
            raise ValueError(str(self.ambiguous) % {"text": shorten(text), "count": len(matches)})
        return matches[0]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(getattr(value, self.attribute) or "")


class Column(Field):
    """One column of a file.

    `attribute`  of the model (with __ across references)
    `label`      the header in the file
    `kind`       a widget of this module
    `required`   the file must have it, and every row a value
    `needed`     a new row must have it
    `key`        belongs to what identifies a row
    `readonly`   is not set from the file
    `synonyms`   headers by which other systems' files call it
    `example`    a cell of the template to fill in
    `expression` returns what leaves in a file, where that is not the attribute as it is stored
    `is_loose`   is no field of the model; the resource's `complete` takes it over
    """

    def __init__(
        self,
        attribute: str,
        label: str | StrPromise,
        kind: Kind | None = None,
        *,
        required: bool = False,
        needed: bool = False,
        key: bool = False,
        readonly: bool = False,
        synonyms: Sequence[str] = (),
        example: object = "",
        expression: Callable[[], Any] | None = None,
        is_loose: bool = False,
    ) -> None:
        super().__init__(
            attribute=attribute,
            column_name=attribute,
            widget=kind if kind is not None else Text(),
            readonly=readonly or is_loose,
        )
        self.is_loose = is_loose
        self.label, self.required, self.needed, self.key = label, required, needed, key
        self.synonyms, self.example, self.expression = synonyms, example, expression

    @property
    def is_taken(self) -> bool:
        """Whether something is taken from the column of a file: it is not there to be read only."""
        return self.key or self.is_loose or not self.readonly

    @property
    def shown_example(self) -> object:
        """Return the cell of the template: the column's own example, else one of its kind."""
        return self.example or getattr(self.widget, "example", "")


def as_text(value: object) -> str:
    """Return a cell's value as a person typed it: 12.0 is "12"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        rounded = round(value, FLOAT_DIGITS)
        return str(int(rounded)) if rounded.is_integer() else repr(rounded)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def shorten(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
