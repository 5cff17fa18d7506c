"""Which column of a table each header of a file means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from exchange.columns import Column


@dataclass(frozen=True)
class Guess:
    """What a header was taken for: a column's attribute and label, or None.

    `how` is "label", "name" or "synonym", and "" for a header that means nothing here.
    """

    header: str
    column: str | None = None
    label: str = ""
    how: str = ""


def simplify(header: str) -> str:
    """Return a header without case, spaces and marks: "E-mail" and "e_mail" are the same."""
    return "".join(letter for letter in header.casefold() if letter.isalnum())


# How a column can be recognised, the surest first; a later one only takes what is still free.
WAYS = {
    "label": lambda column: [str(column.label)],
    "name": lambda column: [column.attribute],
    "synonym": lambda column: column.synonyms,
}


def guess(columns: Sequence[Column], headers: Sequence[str]) -> list[Guess]:
    """Return a `Guess` for each header, in their order."""
    guesses: dict[int, Guess] = {}
    taken: set[str | None] = set()
    for how, names in WAYS.items():
        meant: dict[str, Column] = {}
        for column in reversed(columns):
            if column.attribute not in taken:
                meant |= {simplify(name): column for name in names(column)}
        for place, header in enumerate(headers):
            match = meant.get(simplify(header)) if place not in guesses else None
            if match is not None:
                guesses[place] = Guess(header, match.attribute, str(match.label), how)
        taken = {guess.column for guess in guesses.values()}
    return [guesses.get(place, Guess(header)) for place, header in enumerate(headers)]


def as_mapping(guesses: Iterable[Guess]) -> dict[str, str | None]:
    """Return {header: column or None} of the headers that are not blank."""
    return {guess.header: guess.column for guess in guesses if guess.header}


def problems(
    columns: Sequence[Column], headers: Sequence[str], mapping: Mapping[str, str | None]
) -> list[str]:
    """Return sentences for what keeps a file with these headers from being read by `mapping`."""
    known = {column.attribute: column for column in columns}
    names = [mapping.get(header) if header else None for header in headers]
    sentences = [
        _("There is no column “%(name)s” here.") % {"name": name}
        for name in dict.fromkeys(names)
        if name is not None and name not in known
    ]
    sentences += [
        _("The column “%(label)s” is in the file twice.") % {"label": known[name].label}
        for name in dict.fromkeys(names)
        if name in known and names.count(name) > 1
    ]
    missing = [str(c.label) for c in columns if c.required and c.attribute not in names]
    if missing:
        sentences.append(
            _(
                "The file has no column “%(missing)s”. Its first row must hold the headers;"
                " these were found: %(found)s."
            )
            % {
                "missing": "”, “".join(missing),
                "found": ", ".join(filter(None, headers)) or "–",
            }
        )
    return sentences
