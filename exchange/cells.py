"""Text that a spreadsheet would take for a formula, and how it is made harmless.

A cell that begins with one of = + - @, a tab or a line end is run by spreadsheet programs, whoever
typed it. An apostrophe before it makes it text; a text that already begins with apostrophes before
such a character gets one more, so that taking one away gives back exactly what was there.
"""

import re

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r\n]")
# What XML 1.0, and so XLSX, cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def neutralise(value):
    """Return a text as it goes into a file; other types (numbers, dates) stay as they are."""
    if not isinstance(value, str):
        return value
    value = CONTROL.sub("", value)
    return f"'{value}" if FORMULA.match(value) else value


def restore(value):
    """Return a text as it was before `neutralise`."""
    return value[1:] if NEUTRALISED.match(value) else value
