"""Two records of a student side by side: what differs, and whose value is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core import records
from core.models import User

KEPT, MERGED = "kept", "merged"
STUDENT = str(User.Role.STUDENT)


@dataclass(frozen=True)
class Compared:
    """A field of both records, and whose value stays."""

    key: str
    label: str
    kept: str
    merged: str
    choice: str  # KEPT or MERGED

    @property
    def differs(self) -> bool:
        return self.kept != self.merged


def compare(kept: User, merged: User, asked: Mapping[str, str]) -> list[Compared]:
    """Return the fields in order; without an answer the kept value stays, where there is one."""
    lines = [
        ("name", _("Name"), kept.name, merged.name),
        ("email", _("E-mail"), kept.email, merged.email),
        ("phone", _("Phone"), kept.phone or "", merged.phone or ""),
        ("group", _("Year group and homeroom"), _group(kept), _group(merged)),
    ]
    for field in records.fields_of(STUDENT):
        mine, theirs = (
            records.text_of(field.kind, records.values(student).get(field.key))
            for student in (kept, merged)
        )
        if mine or theirs:
            lines.append((f"record_{field.key}", field.label, mine, theirs))
    return [Compared(*line, _choice(line, asked)) for line in lines]


def _choice(line: tuple[str, str, str, str], asked: Mapping[str, str]) -> str:
    key, _label, mine, theirs = line
    answer = asked.get(f"pick-{key}")
    if answer in (KEPT, MERGED):
        return answer
    return MERGED if theirs and not mine else KEPT


def _group(student: User) -> str:
    return " · ".join(str(group) for group in (student.year_group, student.homeroom) if group)


def chosen(kept: User, merged: User, lines: list[Compared]) -> dict[str, Any]:
    """Return {column: value} of the kept student as chosen."""
    source = {line.key: merged if line.choice == MERGED else kept for line in lines}
    record = dict(kept.metadata or {})
    for key, student in source.items():
        if key.startswith("record_"):
            name = key.removeprefix("record_")
            value = (student.metadata or {}).get(name)
            record.pop(name, None)
            if value is not None:
                record[name] = value
    return {
        "name": source["name"].name,
        "email": source["email"].email,
        "phone": source["phone"].phone,
        "metadata": record,
        "year_group_id": source["group"].year_group_id,
        "homeroom_id": source["group"].homeroom_id,
    }
