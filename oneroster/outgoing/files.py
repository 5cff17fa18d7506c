"""What the files of an exported bundle share: sourcedIds, and the rows of earlier imports.

A row that came from a bundle is exported as it came, except for the fields that were changed here
since: those that differ from what the last import set.
"""

import json
import re
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from django.db import connection

from oneroster.bundle import columns
from oneroster.bundle.reading import TO_BE_DELETED
from oneroster.incoming.records import changed

CHUNK = 2_000  # rows fetched at once
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# The records of a row here, the latest first. A school that was just filled has no statistics, and
# the planner expects one row in every table: "offset 0" keeps it from comparing every row with
# every record, "|| ''" from looking records up by their entity.
RECORDS = """
    left join lateral (
        select s.sourced_id, s.data from sourced_records s
         where s.tenant_id = {table}.tenant_id and s.resource_id = {table}.id
           and s.entity || '' = '{entity}'
         order by s.updated_at desc, s.sourced_id offset 0) r on true"""
# The latest alone: another system may have renamed everybody meanwhile.
RECORD = RECORDS.replace("offset 0", "limit 1")

# column -> its values as the standard writes them; real files may have another case.
WORDS = {
    word_column: {word.lower(): word for word in words}
    for word_column, words in {
        ("academicSessions", "type"): ["gradingPeriod", "semester", "schoolYear", "term"],
        ("orgs", "type"): ["department", "school", "district", "local", "state", "national"],
        ("classes", "classType"): ["homeroom", "scheduled"],
        ("roles", "roleType"): ["primary", "secondary"],
        ("roles", "role"): [
            "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal",
            "proctor", "relative", "siteAdministrator", "student", "systemAdministrator", "teacher",
        ],
        ("enrollments", "role"): ["administrator", "proctor", "student", "teacher"],
        ("results", "scoreStatus"): [
            "exempt", "fully graded", "not submitted", "partially graded", "submitted",
        ],
        ("users", "enabledUser"): ["true", "false"],
        ("enrollments", "primary"): ["true", "false"],
    }.items()
}  # fmt: skip


class ImportedRow(NamedTuple):
    """The record of an earlier import: the row's columns, and the fields that it set here."""

    sourced_id: str
    row: dict
    set: dict

    @property
    def is_deleted(self):
        """True when the bundle said that the row is gone."""
        return self.row.get("status") == TO_BE_DELETED


def changed_here(now, imported):
    """Return the part of `now` ({field: value}) that differs from what the import set."""
    return changed(now, imported.set if imported else None)


def imported_row(sourced_id, data):
    """Return the `ImportedRow` of a record's columns, or None where there is no record."""
    if sourced_id is None:
        return None
    data = json.loads(data) if isinstance(data, str) else data or {}
    return ImportedRow(sourced_id, data.get("row") or {}, data.get("set") or {})


def recorded(entity):
    """Return {sourcedId: ImportedRow} of the rows of a small file that are not to be deleted."""
    rows = stream(
        "select sourced_id, data from sourced_records where entity = %s order by sourced_id",
        [entity],
    )
    records = {sourced_id: imported_row(sourced_id, data) for sourced_id, data in rows}
    return {key: record for key, record in records.items() if record.row and not record.is_deleted}


def derived(kind, *key):
    """Return the sourcedId of something without a row here; the same for the same key."""
    return str(uuid5(NAMESPACE_URL, "/".join(["oneroster", kind, *map(str, key)])))


def stream(sql, params=()):
    """Yield the rows of a query, fetched a chunk at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while chunk := cursor.fetchmany(CHUNK):
            yield from chunk


def iso(day):
    return day.isoformat() if day else ""


def clean(file, row):
    """Return a row's cells as the standard writes them, extra columns as `metadata.*`.

    In a bulk file `status` and `dateLastModified` are empty: all its rows are active.
    """
    own, cells = columns.header(file), {}
    for column, value in row.items():
        if column in columns.OF_1_1.get(file, ()):
            continue
        if column in columns.DATES.get(file, ()) and not ISO_DATE.fullmatch(value):
            value = ""
        value = WORDS.get((file, column), {}).get(value.lower(), value)
        cells[column if column in own else metadata_column(column)] = value
    return cells | {"status": "", "dateLastModified": ""}


def metadata_column(column):
    """Return the name that the standard allows for a column that it does not know."""
    return column if column.startswith("metadata.") else f"metadata.{column}"


def extra_columns(file):
    """Return the `metadata.*` columns of a file's records, sorted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct k from sourced_records r, lateral jsonb_object_keys("
            "   case jsonb_typeof(r.data -> 'row') when 'object' then r.data -> 'row'"
            "   else '{}' end) k where r.entity = %s",
            [file],
        )
        names = {name for (name,) in cursor}
    known = {*columns.header(file), *columns.OF_1_1.get(file, ())}
    return sorted({metadata_column(name) for name in names - known})
