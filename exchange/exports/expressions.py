"""How each column of a `Source` is written: the SQL that turns its value into a cell.

What a column is depends on its PostgreSQL type and its kind together. A text can hold anything, so
it is made harmless as `exchange.cells.neutralise` does it; a date or a number cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg import adapters

from exchange.columns import Number
from exchange.exports.source import Source

DATE, TIME, MOMENT, NUMBER, YES_NO, PLAIN, TEXT = (
    "date",
    "time",
    "moment",
    "number",
    "yes/no",
    "plain",  # text that cannot hold a formula
    "text",
)
SHAPES = {
    adapters.types[name].oid: shape
    for shape, names in {
        DATE: ["date"],
        TIME: ["time"],
        MOMENT: ["timestamptz", "timestamp"],
        NUMBER: ["int2", "int4", "int8", "numeric", "float4", "float8"],
        YES_NO: ["bool"],
        PLAIN: ["uuid"],
    }.items()
    for name in names
}
LOCAL = "timezone(%(zone)s, {0})"
CLOCK = "to_char({0}, CASE WHEN extract(second FROM {0}) < 1 THEN 'HH24:MI' ELSE 'HH24:MI:SS' END)"
ANSWER = "CASE {0} WHEN true THEN %(yes)s WHEN false THEN %(no)s END"
# Characters that a text is looked at for when it begins with them: those of CONTROL and of FORMULA
# in `exchange.cells`. Control characters further inside are removed from the file's blocks
# (`copying.without_controls`).
SUSPICIOUS = ", ".join(str(code) for code in (*range(1, 0x20), *map(ord, "'=+-@"), 0xFFFE, 0xFFFF))
HARMLESS = (
    f"CASE WHEN ascii({{0}}::text) IN ({SUSPICIOUS}) THEN"
    " regexp_replace(regexp_replace({0}::text,"
    " U&'[\\0001-\\0008\\000B\\000C\\000E-\\001F\\FFFE\\FFFF]', '', 'g'),"
    " '^(''*[=+\\-@\\t\\r\\n])', '''\\1') ELSE {0}::text END"
)
AS_SHOWN = {
    DATE: "{0}::text",
    TIME: CLOCK,
    MOMENT: "to_char({0}, 'YYYY-MM-DD HH24:MI')",
    NUMBER: "{0}",
    YES_NO: ANSWER,
    PLAIN: "{0}",
    TEXT: "{0}::text",
}
AS_TEXT = AS_SHOWN | {DATE: "{0}", TEXT: HARMLESS}
# Days since the spreadsheets' day 0. Excel takes 1900 for a leap year, so days before March 1900
# would be off by one; they and years of five digits are written as text after NOT_A_NUMBER.
SPAN = "{0} >= '1900-03-01' AND {0} < '10000-01-01'"
AS_SERIAL = AS_TEXT | {
    DATE: f"CASE WHEN {SPAN} THEN ({{0}} - date '1899-12-30')::text ELSE '!' || {{0}} END",
    TIME: "date_part('epoch', {0}) / 86400",
    MOMENT: (
        f"CASE WHEN {SPAN} THEN (date_part('epoch', {{0}}) / 86400 + 25569)::text"
        " ELSE '!' || to_char({0}, 'YYYY-MM-DD HH24:MI') END"
    ),
}
NOT_A_NUMBER = b"!"


@dataclass(frozen=True)
class Layout:
    """The columns of a source with their shapes, in order."""

    source: Source
    shapes: tuple[str, ...]
    zoned: frozenset[int]  # indexes of the columns that are moments in no particular time zone

    @classmethod
    def of(cls, source: Source) -> Layout:
        """Ask PostgreSQL for the types of the columns; no row is read."""
        with connection.cursor() as cursor:
            sql = f"SELECT * FROM ({source.sql}) AS rows LIMIT 0"  # noqa: S608
            cursor.execute(sql, source.params)
            oids = [column.type_code for column in cursor.description[: len(source.columns)]]
        zoned = adapters.types["timestamptz"].oid
        return cls(
            source,
            tuple(map(_shape, oids, (column.kind for column in source.columns))),
            frozenset(index for index, oid in enumerate(oids) if oid == zoned),
        )

    def query(self, expressions: Mapping[str, str], limit: int | None = None) -> str:
        """Return the query whose columns are the cells, written as `expressions` say."""
        names = [f"c{index}" for index in range(len(self.shapes))]
        cells = [
            expressions[shape].format(LOCAL.format(name) if index in self.zoned else name)
            for index, (shape, name) in enumerate(zip(self.shapes, names, strict=True))
        ]
        compose = connection.ops.compose_sql  # type: ignore[attr-defined]  # psycopg's alone
        head = compose(f"SELECT {', '.join(cells)}", _words())
        inner = compose(self.source.sql, self.source.params)
        rest = f" FROM ({inner}) AS rows ({', '.join(names)})"
        return head + rest + (f" LIMIT {int(limit)}" if limit is not None else "")


def _shape(oid: int, kind: object) -> str:
    shape = SHAPES.get(oid, TEXT)
    # Digits that are nobody's number, such as a code.
    return PLAIN if shape == NUMBER and not isinstance(kind, Number) else shape


def _words() -> dict[str, str]:
    return {
        "zone": timezone.get_current_timezone_name(),
        "yes": _("yes"),
        "no": _("no"),
    }
