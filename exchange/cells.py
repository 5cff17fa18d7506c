"""Text that a spreadsheet would take for a formula, and how it is made harmless.

A cell that begins with one of = + - @, a tab or a line end is run by spreadsheet programs, whoever
typed it. An apostrophe before it makes it text; a text that already begins with apostrophes before
such a character gets one more, so that taking one away gives back exactly what was there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Value = TypeVar("Value")

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r\n]")
# What XML 1.0, and so XLSX, cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@overload
def neutralise(value: str | StrPromise) -> str: ...


@overload
def neutralise(value: Value) -> Value: ...


def neutralise(value: Any) -> Any:
    """Return a text as it goes into a file; other types (numbers, dates) stay as they are."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return f"'{text}" if FORMULA.match(text) else text


def restore(value: str) -> str:
    """Return a text as it was before `neutralise`."""
    return value[1:] if NEUTRALISED.match(value) else value
