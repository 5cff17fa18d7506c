"""Taking back an applied bundle as a whole, the records of its sourcedIds with it."""

# Names of tables and columns come from the models; values are always parameters.
# ruff: noqa: S608

from datetime import datetime

from django.db import transaction
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from academics.models import AcademicYear, SchoolClass, Term
from core.constraints import RefusedByDatabase, explained
from core.models import User
from core.models.base import stored_fields
from exchange.imports.errors import UndoRefused
from exchange.imports.staging import quote
from exchange.imports.undoing import COMPARING, TAKING_BACK, UNDONE, Undoing
from exchange.models import ImportBatch
from oneroster.bundle.planning import many_rows
from oneroster.incoming.writes import ORDER, park
from oneroster.models import SourcedRecord

NAMED = 3  # people that a reason spells out


def undo(batch, on_progress):
    """Delete what the batch created, put back what it changed, bring back what it deleted.

    In the current transaction; `on_progress(share)` is called as the work goes on. Raises
    `UndoRefused` with the reasons against it.
    """
    try:
        with explained(), transaction.atomic(), many_rows():
            tables = [_Table(batch, model) for model in ORDER]
            for table in tables:
                table.lock()
            on_progress(COMPARING)
            reasons = [*_later(batch), *_signed_in(batch)]
            reasons = reasons or [reason for table in tables for reason in table.reasons()]
            if reasons:
                raise UndoRefused(reasons)
            on_progress(TAKING_BACK)
            _take_back(batch, tables)
    except RefusedByDatabase as error:
        raise UndoRefused([str(error)]) from None


def _take_back(batch, tables):
    """Undo in an order that frees seats, addresses and numbers before somebody else takes them."""
    backwards = list(reversed(tables))
    _leave_new_terms(tables)
    for table in backwards:
        table.remove_created()
    for table in tables:
        table.bring_back_deleted()
    park(_changed(batch, User).filter(before__has_key="email").values("resource_id"))
    calendar = [table for table in tables if table.model in (AcademicYear, Term)]
    for table in reversed(calendar):
        table.shrink_changed()
    others = [table for table in backwards if table not in calendar]
    for table in [*calendar, *others, _Table(batch, SourcedRecord)]:
        table.put_back_changed()
    # No other import wrote into the school in this time.
    began_at = datetime.fromisoformat(batch.options["began_at"])
    made = SourcedRecord.objects.filter(created_at__range=(began_at, batch.applied_at))
    made._raw_delete(made.db)  # nothing refers to them; delete() would load them first


def _leave_new_terms(tables):
    """Take the classes, deleted ones too, out of terms that are about to be removed."""
    [table] = [table for table in tables if table.model is Term]
    table.unset_created(SchoolClass, "term_id")


def _changed(batch, model):
    return batch.rows.filter(table_name=model._meta.db_table, outcome="changed")


def _later(batch):
    """Return a sentence for each later import of a bundle, which depends on this one."""
    later = ImportBatch.objects.filter(
        target=batch.target,
        status__in=[ImportBatch.Status.APPLIED, ImportBatch.Status.UNDOING],
        applied_at__gt=batch.applied_at,
    ).order_by("-applied_at")
    if later:
        return [
            _("“%(file)s” was imported after it, on %(day)s: undo that first.")
            % {"file": other.filename, "day": _day(other.applied_at)}
            for other in later
        ]
    since = SourcedRecord.objects.filter(updated_at__gt=batch.applied_at)
    if moment := since.order_by("-updated_at").values_list("updated_at", flat=True).first():
        return [
            _("A bundle was imported after it, on %(day)s, by an operator of the server.")
            % {"day": _day(moment)}
        ]
    return []


def _signed_in(batch):
    """Return a sentence for people whom the import made and who have used their account since."""
    made = batch.rows.filter(table_name=User._meta.db_table, outcome="created")
    people = User.objects.filter(pk__in=made.values("resource_id"), last_login__isnull=False)
    names = list(people.values_list("name", flat=True)[: NAMED + 1])
    if not names:
        return []
    shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return [_("People whom it made have signed in since: %(names)s.") % {"names": shown}]


def _day(moment):
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


class _Table(Undoing):
    """One table's part of a batch; a bundle fills several, whose rows refer to each other."""

    def __init__(self, batch, model):
        super().__init__(batch, model, drifts={})
        self.here = [model._meta.db_table]

    def reasons(self):
        noun = capfirst(self.model._meta.verbose_name_plural)
        changed = [f"{noun}: {sentence}" for sentence in self.changed_since()]
        return [*changed, *self.depended_on()]

    def _gone(self):
        return self._all(
            f"SELECT r.row_number FROM {UNDONE} r WHERE r.outcome = 'changed'"
            f" AND r.table_name = %s AND NOT EXISTS (SELECT FROM {self.table} t WHERE {self.same})"
            " ORDER BY r.row_number",
            self.here,
        )

    def remove_created(self):
        created = f"{UNDONE} r WHERE r.outcome = 'created' AND {self.same}"
        if self.is_soft:
            self._all(f"UPDATE {self.table} t SET deleted_at = now() FROM {created}")
        else:
            self._all(f"DELETE FROM {self.table} t USING {created}")

    def unset_created(self, model, column):
        """Leave nothing of `model` that refers to the table's new rows."""
        other, name = quote(model._meta.db_table), quote(column)
        self._all(
            f"UPDATE {other} o SET {name} = NULL FROM {self.joined}"
            f" WHERE r.outcome = 'created' AND o.tenant_id = t.tenant_id AND o.{name} = t.id"
        )

    def shrink_changed(self):
        """Reduce years and terms to the days that they keep, so that days are free before use."""
        self._all(
            f"UPDATE {self.table} t"
            " SET start_date = greatest(t.start_date, (r.before ->> 'start_date')::date),"
            " end_date = least(t.end_date, (r.before ->> 'end_date')::date)"
            f" FROM {UNDONE} r WHERE r.outcome = 'changed' AND {self.same}"
            " AND r.before ?| ARRAY['start_date', 'end_date']"
        )

    def bring_back_deleted(self):
        names = [quote(field.column) for field in stored_fields(self.model)]
        self._all(
            f"INSERT INTO {self.table} ({', '.join(names)})"
            f" SELECT {', '.join(f'p.{name}' for name in names)} FROM {UNDONE} r"
            f" CROSS JOIN LATERAL jsonb_populate_record(NULL::{self.table}, r.before) p"
            " WHERE r.outcome = 'deleted' AND r.table_name = %s",
            self.here,
        )

    def put_back_changed(self):
        key_sets = self._all(
            f"SELECT DISTINCT names FROM {UNDONE} WHERE outcome = 'changed' AND table_name = %s",
            self.here,
        )
        for (names,) in key_sets:
            self._put_back(names)
