"""What the JSON columns of assignments and submissions hold, as lines that people read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One value: its key as a label (empty for the items of a list), how deep it is, its text."""

    label: str
    text: str
    depth: int = 0


def lines(value, depth=0):
    """Return the `Line`s of a JSON value; none for what is empty."""
    if isinstance(value, dict):
        pairs = [(str(key).replace("_", " ").capitalize(), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [("", item) for item in value]
    else:
        return [Line("", _text(value), depth)] if _text(value) else []
    found = []
    for label, item in pairs:
        if not isinstance(item, dict | list):
            if text := _text(item):
                found.append(Line(label, text, depth))
        elif below := lines(item, depth + 1):
            found += [Line(label, "", depth), *below] if label else below
    return found


def _text(value):
    if value is None:
        return ""
    return {True: "✓", False: "–"}.get(value, str(value)) if isinstance(value, bool) else str(value)
