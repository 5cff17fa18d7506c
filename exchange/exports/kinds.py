"""The kinds of files: who makes one, who may have it, and what it is called.

Each app registers its kinds when it starts (its AppConfig imports the modules that do).

A builder is called as `builder(export, path, progress)` in the context of the person who asked. It
writes the whole file at `path` and returns the number of rows. It calls `progress(rows_done)` now
and then, which raises when nobody wants the file any more, and raises `ExportRefused` with a
sentence when there cannot be one. What is left at `path` after an exception is removed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import User
from exchange.exports import engine
from exchange.exports.progress import Progress
from exchange.exports.source import Source
from exchange.models.export import KIND_LABELS, Export

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# What makes a file, and what returns the rows of one; see above.
Builder = Callable[[Export, Path, Progress], int]
SourceOf = Callable[[Export], Source]

KINDS: dict[str, Kind] = {}


def for_admins(user: User, export: Export) -> bool:
    """Whether the file may be fetched: by an admin, as most kinds hold everybody's data."""
    return user.is_admin


def for_people_office(user: User, export: Export) -> bool:
    """Whether the file may be fetched: by whoever does the office's work for people."""
    return user.is_people_office


def display_name(export: Export) -> str:
    """Return what the kind is called."""
    return export.get_kind_display()


def pairs(export: Export) -> list[tuple[str, str]]:
    """Return the filters of an export as [(label, text)]."""
    values = export.filters if isinstance(export.filters, dict) else {}
    return [(capfirst(key.replace("_", " ")), join(value)) for key, value in values.items()]


def pairs_without_ids(export: Export) -> list[tuple[str, str]]:
    """Return the filters of an export that names what it has the ids of."""
    return [(label, text) for label, text in pairs(export) if not label.endswith(" id")]


def join(value: object) -> str:
    """Return a parameter's value or values as text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def rows(count: int, total: int | None = None) -> str:
    """Return how many rows a file has, or has so far, in words."""
    if total:
        return _("%(done)s of %(total)s rows") % {"done": f"{count:,}", "total": f"{total:,}"}
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    `source(export)` returns the `Source` of a kind that is the rows of one query: only these can be
    counted before. `may_fetch(user, export)` says whether the role may have the file now;
    `subject(export)` is its title and `filters(export)` what chose its rows, [(label, text)].
    `amount(count, total)` says how many rows there are, of `total` where that is known.
    """

    build: Builder
    source: SourceOf | None = None
    may_fetch: Callable[[User, Export], bool] = for_admins
    subject: Callable[[Export], str] = display_name
    filters: Callable[[Export], list[tuple[str, str]]] = pairs
    amount: Callable[[int, int | None], str] = rows


def register_builder(
    kind: str, label: str | StrPromise, **options: Any
) -> Callable[[Builder], Builder]:
    """Register the decorated function as the builder of a kind.

    `label` is what people call the kind, `options` are fields of `Kind`.
    """

    def decorate(builder: Builder) -> Any:
        KINDS[kind], KIND_LABELS[kind] = Kind(builder, **options), label
        return builder

    return decorate


def register_source(
    kind: str, label: str | StrPromise, **options: Any
) -> Callable[[SourceOf], SourceOf]:
    """Register the decorated function, which returns the `Source` of an export, for a kind."""

    def decorate(source_of: SourceOf) -> Any:
        write = partial(_write_rows, source_of)
        register_builder(kind, label, source=source_of, **options)(write)
        return source_of

    return decorate


def _write_rows(source_of: SourceOf, export: Export, path: Path, progress: Progress) -> int:
    source = source_of(export)
    progress.measure(source)
    with path.open("wb") as file:
        return engine.write(file, source, export.file_format or "csv", on_progress=progress)
