"""By which of its rules the database refused: a test that takes any error would take a typo."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, transaction

FORBIDDEN = "42501"  # insufficient_privilege


def rule_of(error):
    """Return the constraint's name; "policy" or "privilege"; else the SQLSTATE."""
    diag = error.__cause__.diag
    if diag.constraint_name:
        return diag.constraint_name
    if diag.sqlstate == FORBIDDEN:
        return "policy" if "row-level security policy" in diag.message_primary else "privilege"
    return diag.sqlstate


@contextmanager
def refused_by(rule):
    """Expect that the database refuses the block, which is undone, by this rule."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        yield
    assert rule_of(error.value) == rule
