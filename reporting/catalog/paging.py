"""Pages of a report by keyset: each begins after the last row of the one before.

An OFFSET would read and discard every row before the page. A cursor holds the signed sort values of
the row at which a page ends. NULLs and ties are passed exactly once in each direction.
"""

from dataclasses import dataclass

from django.core import signing
from django.db import connection

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
SALT = "reporting.catalog.paging"


@dataclass(frozen=True)
class Page:
    """Rows (values in the order of `Report.shown`) and the cursors around them; None: no such page.

    `count` is the number of all rows, at most COUNT_LIMIT + 1.
    """

    rows: list
    count: int
    after: str | None
    before: str | None

    @property
    def is_capped(self):
        return self.count > COUNT_LIMIT


def fetch(report, values, sort=None, *, after=None, before=None, size=None):
    """Return the `Page` that follows the cursor `after`, precedes `before`, or is the first.

    A cursor of another report or order, or one that was tampered with, is the first page.
    Inside the reader's context; raises ValidationError as `Report.source` does.
    """
    size = size or PAGE_SIZE
    values, keys = report.parse(values), report.keys(sort)
    start = _read(report, keys, after or before)
    backwards = bool(before) and start is not None
    where, where_params = _beyond(keys, start, backwards) if start else ("true", [])
    rows, params = report.rows(values)
    names = [column.name for column in report.shown]
    wanted = ", ".join([*names, *(f"{key.name}::text as key_{n}" for n, key in enumerate(keys))])
    order = ", ".join(key.order(backwards) for key in keys)
    with report.applied(values), connection.cursor() as cursor:
        if report.summarizes:
            count, page_rows = _together(
                cursor, rows, params, wanted, where, where_params, order, size
            )
        else:
            cursor.execute(
                f"select {wanted} {rows} and {where} order by {order} limit %s",  # noqa: S608
                [*params, *where_params, size + 1],
            )
            page_rows = cursor.fetchall()
            cursor.execute(
                f"select count(*) from (select {rows} limit %s) few",  # noqa: S608
                [*params, COUNT_LIMIT + 1],
            )
            (count,) = cursor.fetchone()
    return _page(report, keys, page_rows, count, start, backwards, size)


def _together(cursor, rows, params, wanted, where, where_params, order, size):
    """Return (count, rows) of a view that is always computed as a whole: once for both."""
    cursor.execute(
        f"with filtered as materialized (select * {rows}),"  # noqa: S608
        f" page as (select {wanted} from filtered where {where} order by {order} limit %s)"
        " select (select count(*) from filtered), page.*"
        " from (select) base left join page on true",
        [*params, *where_params, size + 1],
    )
    answered = cursor.fetchall()
    # Without a row of the page, its columns are all NULL; the last is the id, which never is.
    return min(answered[0][0], COUNT_LIMIT + 1), [row[1:] for row in answered if row[-1]]


def _page(report, keys, page_rows, count, start, backwards, size):
    more = len(page_rows) > size
    page_rows = page_rows[:size]
    if backwards:
        page_rows.reverse()
    width = len(report.shown)
    cursors = [_write(report, keys, row[width:]) for row in (page_rows[:1] + page_rows[-1:])]
    has_next, has_previous = (bool(start), more) if backwards else (more, bool(start))
    return Page(
        rows=[row[:width] for row in page_rows],
        count=count,
        after=cursors[-1] if page_rows and has_next else None,
        before=cursors[0] if page_rows and has_previous else None,
    )


def _beyond(keys, start, backwards):
    """Return (condition, parameters) of the rows that follow the row with these sort values."""
    alternatives, params = [], []
    for number, key in enumerate(keys):
        step, step_params = _after(key, start[number], backwards)
        if step is None:
            continue
        ties = [
            f"{k.name} = %s" if start[n] is not None else f"{k.name} is null"
            for n, k in enumerate(keys[:number])
        ]
        alternatives.append(" and ".join([*ties, step]))
        params += [value for value in start[:number] if value is not None] + step_params
    condition = " or ".join(f"({alternative})" for alternative in alternatives)
    lead = keys[0]
    if lead.nullable:
        return f"({condition})", params
    # Redundant, but an index can start here; it cannot with an OR.
    sign = "<=" if lead.descending != backwards else ">="
    return f"{lead.name} {sign} %s and ({condition})", [start[0], *params]


def _after(key, value, backwards):
    """Return (condition, parameters) of the values after `value`; (None, []) if there are none."""
    sign = "<" if key.descending != backwards else ">"
    if not key.nullable:
        return f"{key.name} {sign} %s", [value]
    if value is None:  # NULLs are last: values follow them only backwards
        return (f"{key.name} is not null", []) if backwards else (None, [])
    if backwards:
        return f"{key.name} {sign} %s", [value]
    return f"({key.name} {sign} %s or {key.name} is null)", [value]


def _write(report, keys, values):
    return signing.dumps([report.id, _order(keys), list(values)], salt=SALT, compress=True)


def _read(report, keys, cursor):
    """Return the sort values of a cursor, or None."""
    if not cursor:
        return None
    try:
        made_for, order, values = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return values if (made_for, order) == (report.id, _order(keys)) else None


def _order(keys):
    return " ".join(key.order() for key in keys)
