"""CSV by PostgreSQL's COPY: RFC 4180 in UTF-8, with the byte order mark that spreadsheets want."""

import codecs
import csv
import io
from collections.abc import Callable
from contextlib import closing
from typing import IO

from exchange.cells import neutralise
from exchange.exports.copying import blocks, without_controls
from exchange.exports.expressions import AS_TEXT, Layout
from exchange.exports.source import Source


def write(file: IO[bytes], source: Source, on_progress: Callable[[int], None]) -> int:
    """Write the rows of `source`; return their number."""
    file.write(codecs.BOM_UTF8 + _header(source))
    count = 0
    with closing(blocks(Layout.of(source).query(AS_TEXT), "FORMAT csv")) as parts:
        for block in parts:
            file.write(without_controls(block.data))
            count += block.rows
            on_progress(count)
    return count


def _header(source: Source) -> bytes:
    line = io.StringIO()
    labels = [neutralise(column.label) for column in source.columns]
    csv.writer(line, lineterminator="\n").writerow(labels)
    return line.getvalue().encode()
