"""Judged rows on their way into a table: COPY into a temporary table, then two statements.

PostgreSQL refuses COPY into a table with row-level security, so the rows wait in a temporary one
and are written by UPDATE .. FROM and INSERT .. SELECT, under the policies and triggers of the
person who imports. When the database refuses, the part that it refuses is narrowed down to the
rows, in the order of the file: whoever comes first has the last seat.
"""

# Names of tables and columns come from the models; values are always parameters.
# ruff: noqa: S608

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models.expressions import DatabaseDefault
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from core import constraints, rls
from core.models.base import stored_fields
from exchange.imports.resource import ImportResource, Verdict, show
from exchange.imports.uploads import Sheet

Problem = tuple[str, str]  # label of a column or "", sentence

STAGED, REJECTED = "import_staged", "import_rejected"
# Rows that are tried together once it is known that some are refused.
BLOCK = 1000
# After so many refused rows the rest is not tried: nobody mends a file a thousand rows at a time.
MOST_REFUSED = 1000


class RowVanished(DatabaseError):
    """An update met fewer rows than it was made for."""


class Staging:
    """The judged rows of one file.

    Two temporary tables, which end with the transaction and which `exchange.imports.record` reads:

    import_staged    position (1, 2, .. of the rows that change something), row_number, is_new,
                     changed (bit n: column n of `columns`), id, the columns, before (jsonb)
    import_rejected  row_number, cells (jsonb), problems (jsonb)
    """

    def __init__(self, resource: ImportResource, sheet: Sheet) -> None:
        self.resource, self.sheet, self.model = resource, sheet, resource._meta.model
        self.table = self.model._meta.db_table
        self.columns = [field.column for field in resource.writable]
        self.bits = {field.name: 1 << n for n, field in enumerate(resource.writable)}
        # Positions of the rows that change, and that are new; sorted.
        self.updates: list[int] = []
        self.inserts: list[int] = []
        self.created = self.changed = self.unchanged = self.rejected = 0
        self.gave_up = False
        self._make_tables()

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.rejected

    def _make_tables(self) -> None:
        columns = "".join(f", {quote(name)}" for name in self.columns)
        with connection.cursor() as cursor:
            # Of an earlier import in this transaction, also somebody else's.
            cursor.execute("DISCARD TEMPORARY")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {STAGED} ON COMMIT DROP AS SELECT 0 AS position,"
                f" 0 AS row_number, true AS is_new, 0::bigint AS changed, '{{}}'::jsonb AS before,"
                f" id {columns} FROM {quote(self.table)} WITH NO DATA"
            )
            cursor.execute(
                f"CREATE TEMPORARY TABLE {REJECTED}"
                " (row_number int, cells jsonb, problems jsonb) ON COMMIT DROP"
            )

    # --- in ------------------------------------------------------------------------------------

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Take over the verdicts of a piece."""
        staged: list[Verdict] = []
        wrong: list[Verdict] = []
        for verdict in verdicts:
            if verdict.problems:
                wrong.append(verdict)
            elif verdict.is_unchanged:
                self.unchanged += 1
            else:
                staged.append(verdict)
        self._copy_staged(staged)
        self._copy_rejected(wrong)

    def _copy_staged(self, verdicts: Iterable[Verdict]) -> None:
        names = ", ".join(quote(name) for name in self.columns)
        fields = [(f.attname, f.get_internal_type() == "JSONField") for f in self.resource.writable]
        with (
            connection.cursor() as cursor,
            cursor.copy(
                f"COPY {STAGED} (position, row_number, is_new, changed, id, {names}) FROM STDIN"
            ) as copy,
        ):
            for verdict in verdicts:
                position = self.created + self.changed + 1
                if verdict.is_new:
                    self.created += 1
                    self.inserts.append(position)
                else:
                    self.changed += 1
                    self.updates.append(position)
                values = verdict.instance.__dict__
                copy.write_row(
                    (
                        position,
                        verdict.number,
                        verdict.is_new,
                        sum(self.bits[name] for name in verdict.fields),
                        values["id"],
                        *(_plain(values[name], is_json) for name, is_json in fields),
                    )
                )

    def _copy_rejected(self, verdicts: Iterable[Verdict]) -> None:
        names = self.resource.names
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {REJECTED} (row_number, cells, problems) FROM STDIN") as copy,
        ):
            for verdict in verdicts:
                self.rejected += 1
                cells = {
                    name: show(cell).replace("\x00", "")
                    for name, cell in zip(names, verdict.cells, strict=True)
                    if name is not None
                }
                copy.write_row((verdict.number, Jsonb(cells), Jsonb(verdict.problems)))

    # --- into the table ------------------------------------------------------------------------

    def remember(self) -> None:
        """Note what the rows that change hold now; called before `write`."""
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {STAGED}")
            if self.updates:
                cursor.execute(
                    f"UPDATE {STAGED} s SET before = {as_json('t', self.columns)}"
                    f" FROM {quote(self.table)} t"
                    " WHERE t.tenant_id = %s AND t.id = s.id AND NOT s.is_new",
                    [rls.current_tenant_id()],
                )

    def write(self) -> dict[int, Problem]:
        """Write all rows but those that the database refuses; return {position: problem}."""
        last = len(self.inserts) + len(self.updates)
        if not last or (last > BLOCK and self._try(1, last) is None):
            return {}
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX ON {STAGED} (position)")
        refused: dict[int, Problem] = {}
        for first in range(1, last + 1, BLOCK):
            self._narrow(first, min(first + BLOCK - 1, last), refused)
            if len(refused) > MOST_REFUSED:
                self.gave_up = True
                break
        return refused

    def _narrow(self, first: int, last: int, refused: dict[int, Problem]) -> None:
        """Write the rows first..last but for those that are refused, noted as {position: ...}."""
        error = self._try(first, last)
        if error is None or len(refused) > MOST_REFUSED:
            return
        problem = self._problem(error)
        if first == last:
            refused[first] = problem
            return
        middle = (first + last) // 2
        self._narrow(first, middle, refused)
        self._narrow(middle + 1, last, refused)

    def _problem(self, error: DatabaseError) -> Problem:
        """Return the problem (label, sentence) that a refusal is; raises what is our own fault."""
        if isinstance(error, RowVanished):
            return "", _("This row was changed by someone meanwhile.")
        refusal = constraints.explain(error)
        if refusal is None:
            raise error
        return self.resource.label_of(refusal.field), refusal.message

    def _try(self, first: int, last: int) -> DatabaseError | None:
        """Write the rows of these positions together; return what the database says against it."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if count := _between(self.updates, first, last):
                    cursor.execute(*self._update(first, last))
                    if cursor.rowcount != count:
                        raise RowVanished
                if _between(self.inserts, first, last):
                    cursor.execute(*self._insert(first, last))
        except DatabaseError as error:
            return error
        return None

    def _update(self, first: int, last: int) -> tuple[str, list[Any]]:
        sets = ", ".join(
            f"{quote(name)} = CASE WHEN s.changed & {1 << n} <> 0"
            f" THEN s.{quote(name)} ELSE t.{quote(name)} END"
            for n, name in enumerate(self.columns)
        )
        names = {field.name for field in self.model._meta.fields}
        alive = " AND t.deleted_at IS NULL" if "deleted_at" in names else ""
        sql = (
            f"UPDATE {quote(self.table)} t SET {sets} FROM {STAGED} s WHERE t.tenant_id = %s"
            f" AND t.id = s.id AND NOT s.is_new AND s.position BETWEEN %s AND %s{alive}"
        )
        return sql, [rls.current_tenant_id(), first, last]

    def _insert(self, first: int, last: int) -> tuple[str, list[Any]]:
        targets, values, params = ["id"], ["s.id"], []
        taken = {field.column for field in self.resource.writable}
        for field in stored_fields(self.model):
            value = getattr(self.resource.prototype, field.attname)
            if field.primary_key or isinstance(value, DatabaseDefault):
                continue
            targets.append(quote(field.column))
            if field.column in taken:
                values.append(f"s.{quote(field.column)}")
            else:
                values.append(f"%s::{field.db_type(connection)}")
                params.append(field.get_db_prep_save(value, connection))
        sql = (
            f"INSERT INTO {quote(self.table)} ({', '.join(targets)}) SELECT {', '.join(values)}"
            f" FROM {STAGED} s WHERE s.is_new AND s.position BETWEEN %s AND %s ORDER BY s.position"
        )
        return sql, [*params, first, last]

    def reject(self, refused: Mapping[int, Problem]) -> None:
        """Move the rows of {position: problem} to the rejected, with their cells of the file."""
        if not refused:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {STAGED} WHERE position = ANY(%s) RETURNING row_number, position",
                [list(refused)],
            )
            positions = dict(cursor.fetchall())
        self.created -= sum(_between(self.inserts, place, place) for place in refused)
        self.changed -= sum(_between(self.updates, place, place) for place in refused)
        self._copy_rejected(
            Verdict(number, cells, problems=[refused[positions[number]]])
            for number, cells in self.resource.rows_of(self.sheet)
            if number in positions
        )


def quote(name: str) -> str:
    return connection.ops.quote_name(name)


def as_json(alias: str, names: Sequence[str], key: str | None = None) -> str:
    """Return the SQL of {column: value} of `names` in a row; of a jsonb column `key`, its keys."""
    values = (
        f"'{name}', {alias}.{quote(key)} -> '{name}'" if key else f"'{name}', {alias}.{quote(name)}"
        for name in names
    )
    return f"jsonb_build_object({', '.join(values)})"


def _between(positions: Sequence[int], first: int, last: int) -> int:
    return bisect_right(positions, last) - bisect_left(positions, first)


def _plain(value: Any, is_json: bool) -> Any:
    if isinstance(value, DatabaseDefault) or value is None:
        return None
    return Jsonb(value) if is_json else value
