"""The fields of people's records as columns of a file, as far as whoever asks may read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import BooleanField, DateField, DecimalField, Expression, Field, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from core import records
from core.models import PersonField
from core.records import LINE, PAGE, PHONE
from exchange.cells import restore
from exchange.columns import Column, Date, Kind, Number, Text, as_text, is_blank, shorten

# What other systems call the fields that every school begins with.
SYNONYMS = {
    "first_name": ["Given name", "Forename", "Vorname", "Nombre", "Prénom"],
    "last_name": ["Family name", "Surname", "Nachname", "Apellidos", "Nom de famille"],
    "birth_date": ["Date of birth", "DOB", "Birthday", "Geburtsdatum", "Fecha de nacimiento"],
    "student_number": ["Student ID", "Student no", "Student code", "Schülernummer"],
    "gender": ["Sex", "Geschlecht", "Sexo", "Sexe"],
}
YES = {"yes", "y", "true", "1", "x"}
NO = {"no", "n", "false", "0"}


class Line(Text):
    """A text on one line."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = super().clean(value)
        return " ".join(text.split()) if text else None


class Option(Kind):
    """One of the choices of a field, in any case."""

    repeats = True

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__()
        self.options = {option.casefold(): option for option in options}

    @property
    def hint(self) -> str:
        return ", ".join(self.options.values())

    @property
    def example(self) -> str:
        return next(iter(self.options.values()), "")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip())
        if text.casefold() in self.options:
            return self.options[text.casefold()]
        words = {"text": shorten(text), "choices": self.hint}
        raise ValueError(_("“%(text)s” is not one of: %(choices)s.") % words)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Answer(Kind):
    """Yes or no, in some of the ways in which people write it."""

    repeats = True
    example = "yes"

    @property
    def hint(self) -> str:
        return _("yes or no")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool | None:
        if is_blank(value):
            return None
        text = restore(as_text(value).strip()).casefold()
        if text in YES or text == _("Yes").casefold():
            return True
        if text in NO or text == _("No").casefold():
            return False
        raise ValueError(_("“%(text)s” is neither yes nor no.") % {"text": shorten(text)})

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else (_("yes") if value else _("no"))


class Checked(Line):
    """A line that a validator of Django's accepts."""

    def __init__(self, validator: Any, example: str) -> None:
        super().__init__(LINE)
        self.validator, self.example = validator, example

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        text = super().clean(value)
        if text is not None:
            try:
                self.validator(text)
            except ValidationError as error:
                raise ValueError(" ".join(error.messages)) from None
        return text


def kind_of(field: PersonField) -> Kind:
    """Return how a field is read from a cell and written into one."""
    kinds = PersonField.Kind
    made: dict[str, Callable[[], Kind]] = {
        kinds.LONG_TEXT: partial(Text, PAGE),
        kinds.NUMBER: partial(Number, 15, 6),
        kinds.DATE: Date,
        kinds.CHOICE: partial(Option, field.options),
        kinds.YES_NO: Answer,
        kinds.PHONE: partial(Checked, PHONE, "555 0100"),
        kinds.EMAIL: partial(Checked, validate_email, "ana.ruiz@example.com"),
    }
    return made.get(field.kind, partial(Line, LINE))()


# What PostgreSQL makes of the text of a value, so that dates and numbers leave as such.
CASTS: dict[str, Field] = {
    "date": DateField(),
    "number": DecimalField(max_digits=15, decimal_places=6),
    "yes_no": BooleanField(),
}


def expression(field: PersonField) -> Expression:
    """Return the SQL of a field's value in the row of a person, for whoever is asking."""
    text = KeyTextTransform(field.key, records.column(), output_field=TextField())
    target = CASTS.get(field.kind)
    return Cast(text, target) if target is not None else text


def of_records(some: Sequence[PersonField]) -> list[Column]:
    """Return a column for each key of the fields."""
    return [
        Column(
            field.name,
            field.label,
            kind_of(field),
            synonyms=SYNONYMS.get(field.key, ()),
            expression=partial(expression, field),
            is_loose=True,
        )
        for field in records.by_key(some).values()
    ]
