"""The rows of an imported bundle as lines for people, with the names of what they refer to."""

from dataclasses import dataclass, field

from django.apps import apps
from django.contrib import admin
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.models import ImportBatch, ImportRow
from oneroster.incoming.imports import IS_REPORTED, RECORDS

CHUNK = 500  # rows of the downloaded file that are looked up together
PLACE = ("file", "row_number", "id")
Status, Outcome = ImportBatch.Status, ImportRow.Outcome
SKIPPED = gettext_lazy("Left out")
# Columns that name a row; shown before its other columns.
NAMES = ("name", "title")


@dataclass
class Value:
    """One column of a row; `before` where it is changed."""

    label: str
    after: str
    before: str | None = None


@dataclass
class Line:
    """One row of the bundle, ready to be shown."""

    file: str
    number: int
    what: str
    url: str = ""
    values: list = field(default_factory=list)
    reason: str = ""
    column: str = ""


class Lines:
    """Rows of a batch as lines for people; other rows that they name are looked up together."""

    def __init__(self, batch, rows):
        self.batch = batch
        self.models = {m._meta.db_table: m for m in apps.get_models() if m._meta.managed}
        self.names = self._names(rows)
        self.lines = [self._line(row) for row in rows]

    def _names(self, rows):
        """Return {id: name} of what the rows refer to or are: here, or new in the same bundle."""
        wanted = {}
        for row in rows:
            if row.table_name in self.models and row.table_name != RECORDS:
                self._want(wanted, row)
        names = {}
        for model, ids in wanted.items():
            related = [f.name for f in model._meta.fields if f.is_relation and f.name != "tenant"]
            rows = model.all_objects.select_related(*related).in_bulk(ids)
            names |= {str(pk): str(obj) for pk, obj in rows.items()}
        missing = {pk for ids in wanted.values() for pk in ids} - names.keys()
        made = self.batch.rows.filter(resource_id__in=missing, outcome=Outcome.CREATED)
        for pk, after in made.values_list("resource_id", "after"):
            names[str(pk)] = next((after[name] for name in NAMES if after.get(name)), "")
        return names

    def _want(self, wanted, row):
        fields = {f.column: f for f in self.models[row.table_name]._meta.concrete_fields}
        for content in (row.before or {}, row.after or {}):
            for name, value in content.items():
                if value and name in fields and fields[name].is_relation and name != "tenant_id":
                    wanted.setdefault(fields[name].related_model, set()).add(str(value))
        if row.resource_id and row.outcome == Outcome.CHANGED:
            wanted.setdefault(self.models[row.table_name], set()).add(str(row.resource_id))

    def _line(self, row):
        if row.outcome == Outcome.REJECTED:
            [(column, reason)] = row.problems
            reason = reason.removeprefix(f"{column}: ")
            sourced_id = row.after["sourced_id"]
            return Line(row.file, row.row_number, sourced_id, reason=reason, column=column)
        if row.table_name == RECORDS:
            return self._record(row)
        model = self.models[row.table_name]
        values = self._values(model, row.before, row.after, row.outcome)
        name = self.names.get(str(row.resource_id), "")
        if not name and row.outcome == Outcome.CREATED:
            name = next((row.after[n] for n in NAMES if row.after.get(n)), "")
        what = f"{capfirst(model._meta.verbose_name)} {name}".strip()
        return Line(row.file, row.row_number, what, self._url(model, row), values)

    def _record(self, row):
        """Return the line of a row that is kept as a record only."""
        if row.outcome == Outcome.CREATED:
            after = dict(row.after)
            what = after.pop("sourced_id")
            values = [Value(name, str(value)) for name, value in after.items()]
            return Line(row.file, row.row_number, what, values=values)
        before, after = row.before["data"]["row"], row.after["data"]["row"]
        names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
        values = [Value(n, after.get(n, ""), before.get(n, "")) for n in names]
        return Line(row.file, row.row_number, _("As the bundle has it"), values=values)

    def _values(self, model, before, after, outcome):
        fields = {field.column: field for field in model._meta.concrete_fields}
        shown = []
        for name, value in (after or before).items():
            if name not in fields or name in ("id", "tenant_id"):
                continue
            text = self._text(fields[name], value)
            if outcome == Outcome.CHANGED:
                shown.append(
                    Value(_label(fields[name]), text, self._text(fields[name], before[name]))
                )
            elif text and name not in NAMES:
                shown.append(Value(_label(fields[name]), text))
        return shown

    def _text(self, field, value):
        if value in (None, "", {}, []):
            return ""
        if field.is_relation:
            return self.names.get(str(value), _("(not visible)"))
        if isinstance(value, dict):
            return ", ".join(f"{key} {item}" for key, item in value.items())
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if field.get_internal_type() == "DateTimeField":
            return f"{timezone.localtime(field.to_python(value)):%Y-%m-%d %H:%M}"
        return str(value)

    def _url(self, model, row):
        is_there = row.outcome == Outcome.CHANGED or self.batch.status == Status.APPLIED
        if not is_there or row.outcome == Outcome.DELETED:
            return ""
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        try:
            return reverse(name, args=[row.resource_id]) if admin.site.is_registered(model) else ""
        except NoReverseMatch:
            return ""


def _label(field):
    return capfirst(str(field.verbose_name))


def rows_of(batch):
    """Return the rows to show: a record only if no other row shows its line of the bundle."""
    return batch.rows.exclude(table_name=RECORDS, after__has_key=IS_REPORTED)


def skipped_line(entry):
    file, number, sourced_id, column, reason = entry
    reason = reason.removeprefix(f"{column}: ")
    return Line(file, number, sourced_id, reason=reason, column=column)


def all_lines(batch):
    """Yield [outcome, file, line, what, column, text] of everything in a batch."""
    for entry in (batch.options or {}).get("skipped", []):
        line = skipped_line(entry)
        yield [
            SKIPPED,
            f"{line.file}.csv",
            line.number,
            line.what,
            line.column,
            line.reason,
        ]
    rows = rows_of(batch).order_by(*PLACE)
    last = None
    while True:
        after = rows.filter(TupleGreaterThan(Tuple(*PLACE), last)) if last else rows
        chunk = list(after[:CHUNK])
        for row, line in zip(chunk, Lines(batch, chunk).lines, strict=True):
            text = line.reason or "; ".join(
                f"{v.label}: {v.after}"
                if v.before is None
                else f"{v.label}: {v.before} → {v.after}"
                for v in line.values
            )
            label = row.get_outcome_display()
            yield [label, f"{line.file}.csv", line.number, line.what, line.column, text]
        if len(chunk) < CHUNK:
            return
        last = tuple(getattr(chunk[-1], name) for name in PLACE)
