"""Who makes which kind of file: one function a kind, registered where the kind is at home.

A builder is called as `builder(export, path, progress)` in the context of the person who asked. It
writes the whole file at `path` and returns the number of rows. It calls `progress(rows_done)` now
and then, which raises when nobody wants the file any more, and raises `ExportRefused` with a
sentence when there cannot be one. What is left at `path` after an exception is removed.
"""

from functools import partial
from importlib import import_module

from reporting.exports import engine

BUILDERS = {}
# Kinds that are the rows of one query: source(export) -> Source. Only these can be counted before.
SOURCES = {}
# Where a kind registers itself; imported when the kind is first asked for.
HOMES = {
    "report": "reporting.exports.reports",
    "list": "reporting.exports.lists",
    "school": "reporting.portability.export",
    "person": "reporting.portability.person",
    "oneroster": "reporting.oneroster.export",
    "report_cards": "reporting.cards.export",
}


def register_builder(kind):
    """Register the decorated function as the builder of a kind (`Export.Kind`)."""

    def decorate(builder):
        BUILDERS[kind] = builder
        return builder

    return decorate


def register_source(kind):
    """Register the decorated function, which returns the `Source` of an export, for a kind."""

    def decorate(source_of):
        SOURCES[kind] = source_of
        BUILDERS[kind] = partial(_write_rows, source_of)
        return source_of

    return decorate


def builder_for(kind):
    """Return the builder of a kind."""
    _arrive(kind)
    return BUILDERS[kind]


def source_for(kind):
    """Return the function that makes the `Source` of an export, or None where there is none."""
    _arrive(kind)
    return SOURCES.get(kind)


def _arrive(kind):
    if kind not in BUILDERS:
        import_module(HOMES[kind])


def _write_rows(source_of, export, path, progress):
    source = source_of(export)
    progress.measure(source)
    with path.open("wb") as file:
        return engine.write(file, source, export.file_format, on_progress=progress)
