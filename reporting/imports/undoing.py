"""Taking back what an applied import did to a table, unless something since depends on it."""

# Names of tables and columns come from the models; values are always parameters.
# ruff: noqa: S608

import json

from django.contrib.admin.models import LogEntry
from django.db import DatabaseError, connection, models, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.types.json import Jsonb

from core import constraints, rls
from core.exchange.imports import show
from core.exchange.staging import quote
from core.models import AuditLog, Session
from reporting.imports.errors import UndoRefused
from reporting.models import ImportRow

# What only tells of a row does not depend on it.
ONLY_TELLS = (AuditLog, LogEntry, Session)
# Rows and names that a reason spells out; the others are counted.
NAMED_ROWS, NAMED_PEOPLE = 10, 3


def undo(batch, resource):
    """Delete what the batch created and put back what it changed, in the current transaction.

    People and classes are deleted as everywhere, by `deleted_at`. Raises `UndoRefused`.
    """
    undoing = Undoing(batch, resource._meta.model, resource.drifts)
    undoing.lock()
    if reasons := [*undoing.changed_since(), *undoing.depended_on()]:
        raise UndoRefused(reasons)
    try:
        with transaction.atomic():
            undoing.take_back()
    except DatabaseError as error:
        refusal = constraints.explain(error)
        if refusal is None:
            raise
        raise UndoRefused([refusal.message]) from None


class Undoing:
    """One batch, the table `t` that it filled and its rows `r`."""

    def __init__(self, batch, model, drifts):
        self.batch, self.model, self.drifts = batch, model, drifts
        self.is_soft = any(field.name == "deleted_at" for field in model._meta.fields)
        self.table = quote(model._meta.db_table)
        self.alive = " AND t.deleted_at IS NULL" if self.is_soft else ""
        self.tenant_id = rls.current_tenant_id()
        self.joined = (
            f"{self.table} t JOIN import_rows r"
            f" ON r.tenant_id = t.tenant_id AND r.resource_id = t.id{self.alive}"
        )
        self.mine = "r.tenant_id = %s AND r.batch_id = %s"
        self.ids = [self.tenant_id, batch.pk]

    def _all(self, sql, params=()):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def lock(self):
        """Keep others from changing the rows, and from referring to them, until the end."""
        self._all(f"SELECT FROM {self.joined} WHERE {self.mine} FOR UPDATE OF t", self.ids)

    # --- what stands against it ------------------------------------------------------------------

    def changed_since(self):
        """Return sentences for rows that are no longer what the import made of them."""
        gone = [
            _("Row %(row)d: it was deleted since.") % {"row": row.row_number}
            for row in self._gone()
        ]
        differing = self._all(
            "SELECT r.row_number, a.key, to_jsonb(t) -> a.key, t.updated_at"
            f" FROM {self.joined} CROSS JOIN jsonb_each(r.after) a WHERE {self.mine}"
            " AND a.value IS DISTINCT FROM to_jsonb(t) -> a.key"
            " AND NOT (a.key = ANY(%s) AND a.value <@ %s AND to_jsonb(t) -> a.key <@ %s)"
            " ORDER BY r.row_number, a.key",
            [*self.ids, *self._drift()],
        )
        return _some(gone + [self._difference(*found) for found in differing])

    def _gone(self):
        """Return the rows of the import that changed something which is no longer there."""
        here = self.model.objects.filter(
            tenant=models.OuterRef("tenant"), pk=models.OuterRef("resource_id")
        )
        changed = self.batch.rows.filter(outcome=ImportRow.Outcome.CHANGED)
        return changed.exclude(models.Exists(here)).order_by("row_number")

    def _drift(self):
        """Return parameters: the columns that the database itself moves, between these values."""
        values = [value for values in self.drifts.values() for value in values]
        return list(self.drifts), Jsonb(values), Jsonb(values)

    def _difference(self, row_number, column, value, moment):
        value = json.loads(value)
        field = next(f for f in self.model._meta.concrete_fields if f.column == column)
        if field.is_relation and value is not None:
            value = field.related_model.all_objects.filter(pk=value).first()
        return _("Row %(row)d: %(field)s was changed to “%(value)s” on %(day)s.") % {
            "row": row_number,
            "field": field.verbose_name,
            "value": show(value) or "–",
            "day": formats.date_format(timezone.localtime(moment), "j F Y"),
        }

    def depended_on(self):
        """Return sentences for rows of other imports and hands that refer to what was created."""
        reasons = []
        for relation in self.model._meta.related_objects:
            other = relation.related_model
            if other._meta.managed and not issubclass(other, ONLY_TELLS):
                reasons += self._dependents(other, relation.field.column)
        return reasons

    def _dependents(self, other, column):
        found = self._all(
            f"SELECT DISTINCT t.id FROM {self.joined} JOIN {quote(other._meta.db_table)} o"
            f" ON o.tenant_id = t.tenant_id AND o.{quote(column)} = t.id"
            f" WHERE {self.mine} AND r.outcome = 'created' AND NOT EXISTS ("
            " SELECT FROM import_rows b WHERE b.tenant_id = r.tenant_id"
            " AND b.batch_id = r.batch_id AND b.resource_id = o.id)",
            self.ids,
        )
        if not found:
            return []
        ids = [pk for (pk,) in found]
        named = self.model.all_objects.filter(pk__in=ids)[:NAMED_PEOPLE]
        names = [str(row) for row in named] + (["…"] if len(ids) > NAMED_PEOPLE else [])
        sentence = ngettext(
            "%(count)d of the %(rows)s has %(others)s since: %(names)s.",
            "%(count)d of the %(rows)s have %(others)s since: %(names)s.",
            len(ids),
        )
        return [
            sentence
            % {
                "count": len(ids),
                "rows": self.model._meta.verbose_name_plural,
                "others": other._meta.verbose_name_plural,
                "names": ", ".join(names),
            }
        ]

    # --- taking it back --------------------------------------------------------------------------

    def take_back(self):
        """What was created goes first: a seat or a number that it took is free again then."""
        created = (
            f"FROM import_rows r WHERE {self.mine} AND r.outcome = 'created'"
            f" AND t.tenant_id = r.tenant_id AND t.id = r.resource_id{self.alive}"
        )
        if self.is_soft:
            self._all(f"UPDATE {self.table} t SET deleted_at = now() {created}", self.ids)
        else:
            using = created.replace("FROM", "USING", 1)
            self._all(f"DELETE FROM {self.table} t {using}", self.ids)
        key_sets = self._all(
            "SELECT DISTINCT ARRAY(SELECT jsonb_object_keys(r.before) ORDER BY 1)"
            f" FROM import_rows r WHERE {self.mine} AND r.outcome = 'changed'",
            self.ids,
        )
        for (names,) in key_sets:
            self._put_back(names)

    def _put_back(self, names):
        sets = ", ".join(f"{quote(name)} = p.{quote(name)}" for name in names)
        self._all(
            f"UPDATE {self.table} t SET {sets} FROM import_rows r"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{self.table}, r.before) p"
            f" WHERE {self.mine} AND r.outcome = 'changed'"
            " AND ARRAY(SELECT jsonb_object_keys(r.before) ORDER BY 1) = %s"
            f" AND t.tenant_id = r.tenant_id AND t.id = r.resource_id{self.alive}",
            [*self.ids, names],
        )


def _some(sentences):
    """Return the first sentences, and how many more there are."""
    hidden = len(sentences) - NAMED_ROWS
    if hidden <= 0:
        return sentences
    more = ngettext(
        "One more row was changed since.", "%(count)d more values were changed since.", hidden
    )
    return sentences[:NAMED_ROWS] + [more % {"count": hidden}]
