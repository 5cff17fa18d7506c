"""System checks: `manage.py check --database default` finds what would let schools meet."""

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import OperationalError, connections

from core import isolation


def check_isolation(
    app_configs: object, databases: Sequence[str] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Compare the database with the rules of `core.isolation` (tag: database).

    Only the alias that serves requests; an unreachable or empty database is no gap.
    """
    if "default" not in (databases or ()):
        return []
    connection = connections["default"]
    try:
        problems = isolation.role_problems(connection)
        gaps = isolation.gaps(connection) if isolation.is_migrated(connection) else []
        weaknesses = isolation.weaknesses(connection)
    except OperationalError:
        return []
    errors: list[checks.CheckMessage] = [
        checks.Error(problem, hint="DATABASE_URL must name the role school_app.", id="core.E001")
        for problem in problems
    ]
    errors += [
        checks.Error(gap, hint="`manage.py check_isolation` shows the whole table.", id="core.E002")
        for gap in gaps
    ]
    return errors + [checks.Warning(sentence, id="core.W001") for sentence in weaknesses]
