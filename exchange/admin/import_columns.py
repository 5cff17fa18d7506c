"""The form on which people say what each column of their file means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from exchange import imports
from exchange.columns import Column
from exchange.imports.encodings import DELIMITERS, ENCODINGS
from exchange.imports.resource import show
from exchange.models import ImportBatch

SHOWN_SAMPLES = 3
LONGEST_SAMPLE = 40
# In the batch's options: it was staged, and waits for somebody to say what its columns mean.
WAITING = "waits_for_columns"


def is_waiting(batch: ImportBatch) -> bool:
    """Return whether the batch is not being checked because nobody said what its columns mean."""
    return batch.status == batch.Status.CHECKING and bool((batch.options or {}).get(WAITING))


def is_clear(batch: ImportBatch) -> bool:
    """Return whether every header was recognised, and every column is there that must be."""
    mapping = batch.mapping or {}
    return None not in mapping.values() and not imports.mapping_problems(
        batch.target, imports.headers(batch), mapping
    )


def wait_for_columns(batch: ImportBatch) -> None:
    batch.options = {**(batch.options or {}), WAITING: True}
    batch.save(update_fields=["options"])


@dataclass
class HeaderLine:
    """A header of the file, what stands below it, and the field that says what it means."""

    header: str
    samples: list[str]
    field: forms.BoundField


class ColumnsForm(forms.Form):
    """One select for each header; for a CSV also how it is read.

    Raises `imports.UploadRefused` when the file is gone.
    """

    encoding = forms.ChoiceField(label=gettext_lazy("Characters"), widget=UnfoldAdminSelectWidget)
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Separator"),
        widget=UnfoldAdminSelectWidget,
        choices=DELIMITERS.items(),
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.columns = imports.columns_of(batch.target)
        self.all_headers = imports.headers(batch)
        self.headers = list(dict.fromkeys(filter(None, self.all_headers)))
        self._set_up_reading()
        for place, header in enumerate(self.headers):
            self.fields[f"column_{place}"] = self._field(header)

    def _set_up_reading(self) -> None:
        """Show how a CSV is read; an XLSX says so itself."""
        for name in ("encoding", "delimiter"):
            current = (self.batch.options or {}).get(name)
            if current:
                self.fields[name].initial = current
                if name == "encoding":
                    cast(forms.ChoiceField, self.fields[name]).choices = encodings(current)
            else:
                del self.fields[name]

    def _field(self, header: str) -> forms.ChoiceField:
        chosen = (self.batch.mapping or {}).get(header)
        return forms.ChoiceField(
            label=header,
            required=False,
            choices=[("", _("– leave out –")), *((c.attribute, marked(c)) for c in self.columns)],
            initial=chosen if chosen in {c.attribute for c in self.columns} else "",
            widget=UnfoldAdminSelectWidget,
        )

    # --- for the page ---------------------------------------------------------------------------

    @property
    def reading(self) -> list[forms.BoundField]:
        """Return the fields of how the file is read, if it is text."""
        return [self[name] for name in ("encoding", "delimiter") if name in self.fields]

    @property
    def required(self) -> list[str]:
        return [str(column.label) for column in self.columns if column.required]

    @property
    def lines(self) -> list[HeaderLine]:
        samples = imports.sample(self.batch)
        return [
            HeaderLine(
                header,
                below(samples, self.all_headers.index(header)),
                self[f"column_{place}"],
            )
            for place, header in enumerate(self.headers)
        ]

    # --- what was chosen ------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        if not self.is_read_anew:
            self._refuse_doubles()
            self._require_columns()
        return self.cleaned_data

    @property
    def is_read_anew(self) -> bool:
        """Whether the file is to be read in another way, so that its headers may be others."""
        return bool(self._options()) and any(
            (self.batch.options or {}).get(name) != value for name, value in self._options().items()
        )

    def _options(self) -> dict[str, str]:
        names = ("encoding", "delimiter")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def mapping(self) -> dict[str, str | None]:
        """Return {header: column or None}, as it was chosen."""
        return {
            header: self.cleaned_data.get(f"column_{place}") or None
            for place, header in enumerate(self.headers)
        }

    def _refuse_doubles(self) -> None:
        labels = {column.attribute: column.label for column in self.columns}
        taken: dict[str, str] = {}
        for place, (header, name) in enumerate(self.mapping().items()):
            if name is None:
                continue
            if name in taken:
                message = _("“%(other)s” means %(label)s already.")
                words = {"other": taken[name], "label": labels[name]}
                self.add_error(f"column_{place}", message % words)
            elif self.all_headers.count(header) > 1:
                message = _("The file has two columns with this header; rename one of them there.")
                self.add_error(f"column_{place}", message)
            taken.setdefault(name, header)

    def _require_columns(self) -> None:
        chosen = set(self.mapping().values())
        for column in self.columns:
            if column.required and column.attribute not in chosen:
                message = _("Say which column holds “%(label)s”; no row can do without it.")
                self.add_error(None, message % {"label": column.label})

    def save(self) -> bool:
        """Read the batch's file by what was chosen; returns whether it is ready to be checked."""
        if self.is_read_anew:
            imports.remap(self.batch, None, self._options() | {WAITING: True})
            return False
        imports.remap(self.batch, self.mapping(), {WAITING: False})
        return True


def marked(column: Column) -> str:
    """Return a column's label, marked where rows cannot do without it."""
    if column.required:
        return _("%(label)s (in every row)") % {"label": column.label}
    if column.needed:
        return _("%(label)s (for new rows)") % {"label": column.label}
    return str(column.label)


def encodings(current: str) -> list[tuple[str, str]]:
    """Return [(name, label)], each label once: of the kinds of UTF-16 the one that it is."""
    names = {str(label): name for name, label in reversed(ENCODINGS.items())}
    names[str(ENCODINGS[current])] = current
    return [(name, str(label)) for name, label in ENCODINGS.items() if name in names.values()]


def below(samples: Sequence[Sequence[Any]], place: int) -> list[str]:
    """Return the first texts of one column."""
    texts = (show(row[place]).strip() for row in samples)
    return [
        text if len(text) <= LONGEST_SAMPLE else f"{text[: LONGEST_SAMPLE - 1]}…"
        for text in texts
        if text
    ][:SHOWN_SAMPLES]
