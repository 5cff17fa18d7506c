"""PDF for printing: typeset by typst, with fonts of our own for the scripts that names come in."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import paper, rls
from exchange.cells import CONTROL
from exchange.exports.errors import ExportRefused
from exchange.exports.expressions import AS_SHOWN, NUMBER, Layout
from exchange.exports.source import Source

MAX_ROWS = 5_000
MAX_TAGGED_ROWS = 2_000  # beyond, tags make the file and the time many times as large
PROGRAM = Path(__file__).with_name("typeset.py")
REPORT = Path(__file__).with_name("report.typ")
SECONDS = 300  # that a page-filling report of MAX_ROWS never needs
# For characters that the first lacks; for the scripts of the other fonts typst finds them itself.
FAMILIES = [
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Droid Sans Fallback",
    "NanumSquare",
]
WIDTHS = (6, 30)  # of a column, in characters; beyond, lines break
WORD = 18  # characters after which a line may break where there is no space
LONG_WORD = re.compile(rf"(\S{{{WORD}}})(?=\S)")
ZERO_WIDTH_SPACE = "\u200b"


def write(file: IO[bytes], source: Source, on_progress: Callable[[int], None]) -> int:
    """Write the rows of `source`; return their number. Raises `ExportRefused` beyond MAX_ROWS."""
    layout = Layout.of(source)
    with connection.cursor() as cursor:
        cursor.execute(layout.query(AS_SHOWN, limit=MAX_ROWS + 1), None)
        rows = [[printable(value) for value in row] for row in cursor]
    refuse_beyond_limit(len(rows))
    on_progress(0)
    file.write(_typeset(_report(layout, rows)))
    on_progress(len(rows))
    return len(rows)


def refuse_beyond_limit(row_count: int) -> None:
    """Raise `ExportRefused` where so many rows are more than a PDF holds."""
    if row_count > MAX_ROWS:
        raise ExportRefused(
            _("A PDF holds at most %(max)s rows; narrow the filters, or choose CSV or XLSX.")
            % {"max": f"{MAX_ROWS:,}"}
        )


def _typeset(report: dict[str, Any]) -> bytes:
    return typeset(report, REPORT, tags=len(report["rows"]) <= MAX_TAGGED_ROWS)


def typeset(
    report: dict[str, Any],
    template: Path,
    *,
    tags: bool = False,
    images: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the PDF of what a typst template makes of `report`, which JSON can hold.

    It finds the school's paper in it as `paper`. `tags` for screen readers make a long table's file
    many times as large. `images` is {name: bytes}; the template reads them as image("/name").
    """
    # Isolated: no module beside the program stands in for one of Python's own.
    report = report | {"paper": paper.typst_name(rls.current_tenant())}
    command = [sys.executable, "-I", str(PROGRAM)]
    wanted = {
        "template": str(template),
        "tags": tags,
        "images": {name: b64encode(data).decode() for name, data in (images or {}).items()},
        "report": json.dumps(report, ensure_ascii=False),
    }
    text = json.dumps(wanted, ensure_ascii=False).encode()
    return subprocess.run(
        command, input=text, stdout=subprocess.PIPE, check=True, timeout=SECONDS
    ).stdout


def _report(layout: Layout, rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return what the template needs, as JSON can hold it."""
    source = layout.source
    printed = [index for index, column in enumerate(source.columns) if column.on_paper]
    labels = [str(source.columns[index].label) for index in printed]
    count = ngettext("%(count)s row", "%(count)s rows", len(rows))
    return {
        "school": rls.current_tenant().name,
        "title": source.title,
        "made": date_format(timezone.localtime(), "DATETIME_FORMAT"),
        "counted": count % {"count": f"{len(rows):,}"},
        "page": _("Page %(page)s of %(pages)s"),
        "filters": [[str(label), str(value)] for label, value in source.filters],
        "language": (get_language() or "en").partition("-")[0],
        "fonts": FAMILIES,
        "labels": labels,
        "numbers": [layout.shapes[index] == NUMBER for index in printed],
        "widths": [
            _width(label, [row[index] for row in rows])
            for label, index in zip(labels, printed, strict=True)
        ],
        "rows": [[row[index] for index in printed] for row in rows],
    }


def _width(label: str, cells: Sequence[str]) -> int:
    """Return a column's share of the page: what nine of ten cells need, within WIDTHS."""
    lengths = sorted(map(len, cells)) or [0]
    usual = lengths[(len(lengths) - 1) * 9 // 10]
    narrow, wide = WIDTHS
    return min(max(usual, len(label), narrow), wide)


def printable(value: object) -> str:
    """Return a value as text without control characters that breaks where there is no space."""
    text = "" if value is None else CONTROL.sub("", str(value))
    return LONG_WORD.sub(rf"\1{ZERO_WIDTH_SPACE}", text)
