"""Sources of literal rows, for tests of what a file makes of values."""

from exchange.columns import Text
from exchange.exports.source import Source, SourceColumn


def source_of(columns, rows, **options):
    """Return a `Source` of `rows` (tuples), in their order.

    `columns` is {label: (PostgreSQL type, kind)}.
    """
    casts = ", ".join(f"%s::{sql_type}" for sql_type, _kind in columns.values())
    nothing = ", ".join(f"NULL::{sql_type}" for sql_type, _kind in columns.values())
    # VALUES keep their order; the first row, without a value, is for when there are no others.
    lines = ", ".join([f"(-1, {nothing})", *(f"({n}, {casts})" for n in range(len(rows)))])
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    return Source(
        **{"title": "Odd things"} | options,
        columns=tuple(SourceColumn(label, kind) for label, (_type, kind) in columns.items()),
        sql=f"SELECT {names} FROM (VALUES {lines}) v (n, {names}) WHERE n >= 0 ORDER BY n",
        params=tuple(value for row in rows for value in row),
    )


def texts(values, label="Text"):
    """Return a `Source` of one column of text and one that numbers the rows."""
    return Source(
        title="Odd texts",
        columns=(SourceColumn("Number", Text()), SourceColumn(label, Text())),
        sql="SELECT n, t FROM unnest(%s::text[]) WITH ORDINALITY v (t, n) ORDER BY n",
        params=(list(values),),
    )
