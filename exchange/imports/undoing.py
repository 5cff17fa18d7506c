"""Taking back what an applied import did to a table, unless something since depends on it."""

# Names of tables and columns come from the models; values are always parameters.
# ruff: noqa: S608

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from django.db.models import Model
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.json import Jsonb

from core import rls
from core.constraints import RefusedByDatabase, explained
from core.models import AuditLog, Session, User
from core.models.base import TenantModel
from exchange.imports.errors import UndoRefused
from exchange.imports.resource import ImportResource, show
from exchange.imports.staging import quote
from exchange.models import ImportBatch

Status = ImportBatch.Status
UNDONE = "import_undone"
# Shares of the work when its second and third part begin.
COMPARING, TAKING_BACK = 0.2, 0.5
# What only describes a row does not depend on it.
ONLY_TELLS = (AuditLog, LogEntry, Session)
# Rows and names that a reason spells out; the others are counted.
NAMED_ROWS, NAMED_PEOPLE = 10, 3


def undo(
    batch: ImportBatch, resource: type[ImportResource], report: Callable[[float], None]
) -> None:
    """Delete what the batch created and put back what it changed, in the current transaction.

    People and classes are deleted as everywhere, by `deleted_at`. `report(share)` is called as the
    work goes on. Raises `UndoRefused`.
    """
    if "change" not in resource.import_actions:
        raise UndoRefused([_("What such a file adds is recorded for good.")])
    undoing = Undoing(batch, resource._meta.model, resource.drifts)
    undoing.lock()
    report(COMPARING)
    if reasons := [*undoing.changed_since(), *undoing.depended_on()]:
        raise UndoRefused(reasons)
    report(TAKING_BACK)
    try:
        with explained(), transaction.atomic():
            undoing.take_back()
    except RefusedByDatabase as error:
        raise UndoRefused([str(error)]) from None


def note(batch: ImportBatch, by: User) -> None:
    """Write down that a batch was undone."""
    batch.status, batch.undone_at, batch.undone_by = Status.UNDONE, timezone.now(), by
    batch.rows_done, batch.error = batch.row_count, None
    batch.save()


class Undoing:
    """One batch, the table `t` that it filled and its rows `r`.

    The rows are copied into a temporary table first: of that PostgreSQL knows how large it is. Of
    `import_rows`, which nobody has analyzed since, it would think that a batch is a handful.
    """

    def __init__(
        self, batch: ImportBatch, model: type[Model], drifts: Mapping[str, Sequence[str]]
    ) -> None:
        self.batch, self.model, self.drifts = batch, model, drifts
        self.is_soft = any(field.name == "deleted_at" for field in model._meta.fields)
        self.table = quote(model._meta.db_table)
        self.alive = " AND t.deleted_at IS NULL" if self.is_soft else ""
        self.tenant_id = rls.current_tenant_id()
        self.same = "t.tenant_id = r.tenant_id AND t.id = r.resource_id" + self.alive
        self.joined = f"{self.table} t JOIN {UNDONE} r ON {self.same}"
        self._all("DISCARD TEMPORARY")  # of an earlier one in this transaction
        self._all(
            f"CREATE TEMPORARY TABLE {UNDONE} ON COMMIT DROP AS"
            " SELECT tenant_id, table_name, row_number, resource_id, outcome, before, after,"
            " ARRAY(SELECT jsonb_object_keys(before) ORDER BY 1) AS names"
            " FROM import_rows WHERE tenant_id = %s AND batch_id = %s",
            [self.tenant_id, batch.pk],
        )
        self._all(f"ANALYZE {UNDONE}")

    def _all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def lock(self) -> None:
        """Keep others from changing the rows, and from referring to them, until the end."""
        self._all(f"SELECT FROM {self.joined} FOR UPDATE OF t")

    # --- what stands against it ------------------------------------------------------------------

    def changed_since(self) -> list[str]:
        """Return sentences for rows that are no longer what the import made of them."""
        gone = [
            _("Row %(row)d: it was deleted since.") % {"row": row_number}
            for (row_number,) in self._gone()
        ]
        differing = self._all(
            "SELECT r.row_number, a.key, to_jsonb(t) -> a.key, t.updated_at"
            f" FROM {self.joined} CROSS JOIN jsonb_each(r.after) a"
            " WHERE a.value IS DISTINCT FROM to_jsonb(t) -> a.key"
            " AND NOT (a.key = ANY(%s) AND a.value <@ %s AND to_jsonb(t) -> a.key <@ %s)"
            " ORDER BY r.row_number, a.key",
            self._drift(),
        )
        return _some(gone + [self._difference(*difference) for difference in differing])

    def _gone(self) -> list[tuple[Any, ...]]:
        """Return the rows of the file that changed something which is no longer there."""
        return self._all(
            f"SELECT r.row_number FROM {UNDONE} r WHERE r.outcome = 'changed' AND NOT EXISTS ("
            f" SELECT FROM {self.table} t WHERE {self.same}) ORDER BY r.row_number"
        )

    def _drift(self) -> tuple[list[str], Jsonb, Jsonb]:
        """Return parameters: the columns that the database itself moves, between these values."""
        values = [value for values in self.drifts.values() for value in values]
        return list(self.drifts), Jsonb(values), Jsonb(values)

    def _difference(self, row_number: int, column: str, value: str, moment: datetime) -> str:
        new = json.loads(value)
        field = next(f for f in self.model._meta.concrete_fields if f.column == column)
        if field.is_relation and new is not None:
            related = cast("type[TenantModel]", field.related_model)
            new = related.all_objects.filter(pk=new).first()
        return _("Row %(row)d: %(field)s was changed to “%(value)s” on %(day)s.") % {
            "row": row_number,
            "field": field.verbose_name,
            "value": show(new) or "–",
            "day": formats.date_format(timezone.localtime(moment), "j F Y"),
        }

    def depended_on(self) -> list[str]:
        """Return sentences for rows of other imports and hands that refer to what was created.

        What most refer to comes first.
        """
        dependents = []
        for relation in self.model._meta.related_objects:
            other = cast("type[Model]", relation.related_model)
            # (Both sides of a many-to-many are in its table, which has references of its own.)
            referred = other._meta.managed and not relation.many_to_many
            if referred and not issubclass(other, ONLY_TELLS):
                dependents += self._dependents(other, relation.field.column)
        return [sentence for _count, sentence in sorted(dependents, key=lambda row: -row[0])]

    def _dependents(self, other: type[Model], column: str) -> list[tuple[int, str]]:
        """Return [(number of rows referred to, sentence)], or [] where there are none."""
        rows = self._all(
            f"SELECT DISTINCT t.id FROM {self.joined} JOIN {quote(other._meta.db_table)} o"
            f" ON o.tenant_id = t.tenant_id AND o.{quote(column)} = t.id"
            " WHERE r.outcome = 'created' AND NOT EXISTS ("
            f" SELECT FROM {UNDONE} b WHERE b.resource_id = o.id)"
        )
        if not rows:
            return []
        ids = [pk for (pk,) in rows]
        named = cast("type[TenantModel]", self.model).all_objects.filter(pk__in=ids)[:NAMED_PEOPLE]
        names = [str(row) for row in named] + (["…"] if len(ids) > NAMED_PEOPLE else [])
        sentence = ngettext(
            "%(count)d of the %(rows)s has %(others)s since: %(names)s.",
            "%(count)d of the %(rows)s have %(others)s since: %(names)s.",
            len(ids),
        )
        values = {
            "count": len(ids),
            "rows": self.model._meta.verbose_name_plural,
            "others": other._meta.verbose_name_plural,
            "names": ", ".join(names),
        }
        return [(len(ids), sentence % values)]

    # --- taking it back --------------------------------------------------------------------------

    def take_back(self) -> None:
        """What was created goes first: a seat or a number that it took is free again then."""
        created = f"{UNDONE} r WHERE r.outcome = 'created' AND {self.same}"
        if self.is_soft:
            self._all(f"UPDATE {self.table} t SET deleted_at = now() FROM {created}")
        else:
            self._all(f"DELETE FROM {self.table} t USING {created}")
        for (names,) in self._all(f"SELECT DISTINCT names FROM {UNDONE} WHERE outcome = 'changed'"):
            self._put_back(names)

    def _put_back(self, names: Sequence[str]) -> None:
        sets = ", ".join(f"{quote(name)} = p.{quote(name)}" for name in names)
        self._all(
            f"UPDATE {self.table} t SET {sets} FROM {UNDONE} r"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{self.table}, r.before) p"
            f" WHERE r.outcome = 'changed' AND r.names = %s AND {self.same}",
            [names],
        )


def _some(sentences: list[str]) -> list[str]:
    """Return the first sentences, and how many more there are."""
    hidden = len(sentences) - NAMED_ROWS
    if hidden <= 0:
        return sentences
    more = ngettext(
        "One more row was changed since.", "%(count)d more values were changed since.", hidden
    )
    return sentences[:NAMED_ROWS] + [more % {"count": hidden}]
