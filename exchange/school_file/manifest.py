"""manifest.json of a school's file: what is in it, and by which everything is checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.migrations.recorder import MigrationRecorder

from exchange.school_file.streams import Sum
from exchange.school_file.tables import APPS

FORMAT = "school-file"
FORMAT_VERSION = 1


class BadManifest(ValueError):
    """The manifest is not what this version writes; the message says where."""


@dataclass(frozen=True)
class TableEntry:
    """One table's file: its columns, the number of its rows, and its sum."""

    table: str
    columns: list[str]
    rows: int
    sum: Sum


@dataclass
class Manifest:
    """The whole of it. `schema` is {app: last migration}, `files` {name under files/: Sum}."""

    school: dict[str, str]
    made_at: str
    made_by: dict[str, str]
    schema: dict[str, str]
    left_out: dict[str, str]
    tables: list[TableEntry] = field(default_factory=list)
    files: dict[str, Sum] = field(default_factory=dict)

    def dump(self) -> str:
        """Return it as JSON text."""
        return json.dumps(
            {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "made_at": self.made_at,
                "made_by": self.made_by,
                "school": self.school,
                "schema": self.schema,
                "tables": [
                    {
                        "table": entry.table,
                        "columns": entry.columns,
                        "rows": entry.rows,
                        **entry.sum.as_dict(),
                    }
                    for entry in self.tables
                ],
                "files": [{"name": name, **sum_.as_dict()} for name, sum_ in self.files.items()],
                "left_out": self.left_out,
            },
            ensure_ascii=False,
            indent=1,
        )


def load(text: bytes | str) -> Manifest:
    """Return the `Manifest` of JSON text; raises `BadManifest`."""
    try:
        data = json.loads(text)
        kind, version = data["format"], data["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadManifest("its manifest cannot be read") from error
    if kind != FORMAT:
        raise BadManifest("it is no file of a school")
    if version != FORMAT_VERSION:
        raise BadManifest(
            f"it is of format version {version!r}, and this server reads {FORMAT_VERSION}"
        )
    try:
        return Manifest(
            school=dict(data["school"]),
            made_at=str(data["made_at"]),
            made_by=dict(data["made_by"]),
            schema={str(app): str(name) for app, name in data["schema"].items()},
            left_out=dict(data["left_out"]),
            tables=[_table(entry) for entry in data["tables"]],
            files={str(entry["name"]): _sum(entry) for entry in data["files"]},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadManifest("its manifest lacks what it must say") from error


def _table(entry: Mapping[str, Any]) -> TableEntry:
    columns = [str(name) for name in entry["columns"]]
    return TableEntry(str(entry["table"]), columns, _number(entry["rows"]), _sum(entry))


def _sum(entry: Mapping[str, Any]) -> Sum:
    return Sum(_number(entry["bytes"]), str(entry["sha256"]))


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def schema_version(using: str = DEFAULT_DB_ALIAS) -> dict[str, str]:
    """Return {app: name of its last migration} of the database."""
    applied = MigrationRecorder.Migration.objects.using(using).filter(app__in=APPS)
    return dict(sorted(applied.order_by("app", "name").values_list("app", "name")))
