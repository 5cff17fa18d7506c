"""The JSON columns of assignments and submissions as lines for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from academics.models import Assignment


@dataclass(frozen=True)
class Line:
    """One value: its key as a label (empty for the items of a list), how deep it is, its text."""

    label: str
    text: str
    depth: int = 0


# Keys of an assignment's content and attachments that students may read; everything else (questions
# with their answers, unknown keys) is for the teacher alone.
FOR_STUDENTS = ["instructions", "text", "description"]
FILE_KEYS = ["name", "title", "filename", "url"]


def for_students(assignment: Assignment) -> list[Line]:
    """Return the `Line`s of an assignment's further data that students and guardians read."""
    content = assignment.content if isinstance(assignment.content, dict) else {}
    given = assignment.attachments
    files = given if isinstance(given, list) else [given]
    return lines(_known(content, FOR_STUDENTS)) + [
        line
        for file in files
        for line in lines(_known(file, FILE_KEYS) if isinstance(file, dict) else _plain(file))
    ]


def _known(value: dict[str, Any], keys: Iterable[str]) -> dict[str, str | list[str]]:
    """Return the known keys of a dict whose values are texts, or lists of texts."""
    values = {key: value.get(key) for key in keys}
    texts = {
        key: [item for item in each if isinstance(item, str)] if isinstance(each, list) else each
        for key, each in values.items()
    }
    return {key: each for key, each in texts.items() if isinstance(each, str | list)}


def _plain(value: object) -> str | None:
    return value if isinstance(value, str) else None


def lines(value: object, depth: int = 0) -> list[Line]:
    """Return the `Line`s of a JSON value; none for what is empty."""
    if isinstance(value, dict):
        pairs = [(str(key).replace("_", " ").capitalize(), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [("", item) for item in value]
    else:
        return [Line("", _text(value), depth)] if _text(value) else []
    result: list[Line] = []
    for label, item in pairs:
        if not isinstance(item, dict | list):
            if text := _text(item):
                result.append(Line(label, text, depth))
        elif below := lines(item, depth + 1):
            result += [Line(label, "", depth), *below] if label else below
    return result


def _text(value: object) -> str:
    if value is None:
        return ""
    return {True: "✓", False: "–"}.get(value, str(value)) if isinstance(value, bool) else str(value)
