"""A file through its resource into the staging tables, small or large."""

from collections.abc import Callable
from itertools import islice

from exchange.imports.resource import ImportResource, Piece
from exchange.imports.staging import Staging
from exchange.imports.uploads import Sheet

# Rows that are judged together: their references are looked up in a handful of queries.
PIECE = 10_000


def judge(
    resource: ImportResource,
    sheet: Sheet,
    *,
    whole: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Staging:
    """Judge every row of a `Sheet` and return the `Staging` that holds the verdicts.

    `resource.read_by` was called. With `whole`, django-import-export goes through all of it at once
    (a small file); else it is read piece by piece and no more than a piece is held in memory.
    `progress(rows)` is called after each piece. Raises `UploadRefused`.
    """
    staging = Staging(resource, sheet)
    if whole:
        result = resource.import_data(resource.dataset(sheet))
        staging.add(row.verdict for row in result.rows)
        return staging
    lines = resource.rows_of(sheet)
    while rows := list(islice(lines, PIECE)):
        resource.begin_piece(Piece(resource.names, rows))
        staging.add([resource.judge(number, cells) for number, cells in rows])
        if progress is not None:
            progress(staging.rows)
    return staging
