"""Which row of the school a sourcedId stands for, and what the last import set there.

`data` of a record is {"row": the row's columns, "set": the values that the import gave the fields
of the row here}. A later import changes a field only when the bundle's own value changed: what
the school altered by hand stays, and the same bundle changes nothing.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from core import rls
from oneroster.models import SourcedRecord

EMPTY = {"row": {}, "set": {}}


def as_json(value):
    """Return a value as it reads back from a jsonb column (dates, ids and decimals as text)."""
    if isinstance(value, dict):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


@dataclass(slots=True)
class Record:
    """One row of `sourced_records`; an instance of the model costs ten times as much to make."""

    entity: str
    sourced_id: str
    resource_id: UUID | None
    data: dict
    id: UUID = field(default_factory=uuid4)

    def columns(self):
        """Return {column: value}."""
        return {
            "id": self.id,
            "tenant_id": rls.current_tenant_id(),
            "entity": self.entity,
            "sourced_id": self.sourced_id,
            "resource_id": self.resource_id,
            "data": self.data,
        }


def changed(values, previous):
    """Return the part of `values` that the last import (`previous`, or None) did not set."""
    if previous is None:
        return dict(values)
    plain = as_json(values)
    return {name: values[name] for name in values if previous.get(name, ...) != plain[name]}


class Records:
    """The `sourced_records` of the current school, loaded by entity, written together.

    Whole, because nearly every row of a bundle means one of them.
    """

    def __init__(self):
        self._known = {}
        self.created = {}  # (entity, sourcedId) -> Record
        self.updated = {}
        self.before = {}  # (entity, sourcedId) -> {"resource_id", "data"} of an updated one
        self.causes = {}  # (entity, sourcedId) -> row of the bundle
        self.known_here = set()  # those of `created` that stand for what the school had before

    def of(self, entity):
        """Return {sourcedId: Record} of one entity, as it will be after this import."""
        if entity not in self._known:
            rows = SourcedRecord.objects.filter(entity=entity).values_list(
                "entity", "sourced_id", "resource_id", "data", "id"
            )
            records = {row[1]: Record(*row) for row in rows}
            for record in records.values():
                record.data = EMPTY | (record.data or {})
                if record.data["row"].get("status", "").lower() == "active":
                    del record.data["row"]["status"]  # see Row.kept()
            self._known[entity] = records
        return self._known[entity]

    def get(self, entity, sourced_id):
        return self.of(entity).get(sourced_id)

    def put(self, row, resource_id=None, values=None):
        """Note what `row` became; return "created", "updated" or "unchanged".

        `values` are the fields that were set; None leaves what the last import set (a row that is
        to be deleted says nothing about them).
        """
        record = self.get(row.file, row.sourced_id)
        before = record.data if record else EMPTY
        values = before["set"] if values is None else as_json(values)
        data = {"row": row.kept(), "set": values}
        if record is None:
            record = Record(row.file, row.sourced_id, resource_id, data)
            self.of(row.file)[row.sourced_id] = record
            self.created[row.file, row.sourced_id] = record
            self.causes[row.file, row.sourced_id] = row
            return "created"
        if record.data == data and record.resource_id == resource_id:
            return "unchanged"
        key = (row.file, row.sourced_id)
        if key not in self.created:
            previous = {"resource_id": record.resource_id, "data": record.data}
            self.before.setdefault(key, previous)
            self.updated[key] = record
            self.causes[key] = row
        record.data, record.resource_id = data, resource_id
        return "updated"

    def absent(self, entity, present):
        """Return how many sourcedIds of earlier imports are neither in `present` nor deleted."""
        return sum(
            record.data["row"].get("status", "").lower() != "tobedeleted"
            for sourced_id, record in self.of(entity).items()
            if sourced_id not in present
        )

    def by_resource(self, entity):
        """Return {resource id: [sourcedId]} of the rows here."""
        sourced_ids = defaultdict(list)
        for sourced_id, record in self.of(entity).items():
            if record.resource_id:
                sourced_ids[record.resource_id].append(sourced_id)
        return sourced_ids
