"""The kinds of files: who makes one, who may have it, and what it is called.

Each app registers its kinds when it starts (its AppConfig imports the modules that do).

A builder is called as `builder(export, path, progress)` in the context of the person who asked. It
writes the whole file at `path` and returns the number of rows. It calls `progress(rows_done)` now
and then, which raises when nobody wants the file any more, and raises `ExportRefused` with a
sentence when there cannot be one. What is left at `path` after an exception is removed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.exports import engine
from exchange.models.export import KIND_LABELS

KINDS = {}


def for_admins(user, export):
    """Whether the file may be fetched: by an admin, as most kinds hold everybody's data."""
    return user.is_admin


def display_name(export):
    """Return what the kind is called."""
    return export.get_kind_display()


def pairs(export):
    """Return the filters of an export as [(label, text)]."""
    values = export.filters if isinstance(export.filters, dict) else {}
    return [(capfirst(key.replace("_", " ")), join(value)) for key, value in values.items()]


def pairs_without_ids(export):
    """Return the filters of an export that names what it has the ids of."""
    return [(label, text) for label, text in pairs(export) if not label.endswith(" id")]


def join(value):
    """Return a parameter's value or values as text."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def rows(count, total=None):
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

    build: Callable
    source: Callable | None = None
    may_fetch: Callable = for_admins
    subject: Callable = display_name
    filters: Callable = pairs
    amount: Callable = rows


def register_builder(kind, label, **options):
    """Register the decorated function as the builder of a kind.

    `label` is what people call the kind, `options` are fields of `Kind`.
    """

    def decorate(builder):
        KINDS[kind], KIND_LABELS[kind] = Kind(builder, **options), label
        return builder

    return decorate


def register_source(kind, label, **options):
    """Register the decorated function, which returns the `Source` of an export, for a kind."""

    def decorate(source_of):
        write = partial(_write_rows, source_of)
        register_builder(kind, label, source=source_of, **options)(write)
        return source_of

    return decorate


def _write_rows(source_of, export, path, progress):
    source = source_of(export)
    progress.measure(source)
    with path.open("wb") as file:
        return engine.write(file, source, export.file_format, on_progress=progress)
