"""The application's cursors: one statement a message, its parameters apart from it.

PostgreSQL runs several statements of one message only where it comes without parameters, as text.
Here no message does, so text that somebody smuggles into a statement cannot bring a second one.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]


class Several(str):
    """Statements of our own, joined by semicolons, that go in one message and without parameters.

    Nothing that people type may be in them but by `psycopg.sql.Literal`.
    """

    __slots__ = ()


class OneStatementCursor(ServerBindingCursor):
    """A cursor to whose messages the server refuses a second statement, unless they are `Several`.

    (Those of other roles than the application's take any text.)
    """

    _several = False

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        self._several = isinstance(query, Several)
        try:
            return super().execute(query, params, **options)
        finally:
            self._several = False

    def _execute_send(self, query: Any, *, force_extended: bool = False, **options: Any) -> None:
        # Of psycopg: it would send a statement without parameters as text.
        super()._execute_send(query, force_extended=not self._several, **options)
