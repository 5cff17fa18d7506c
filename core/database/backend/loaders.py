"""How values of PostgreSQL become Python's, where psycopg takes longer than the query."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.backends.postgresql.psycopg_any import (  # type: ignore[import-untyped]  # no stub
    BaseTzLoader,
)
from psycopg.abc import Buffer


class UtcLoader(BaseTzLoader):
    """Moments in UTC, which is how every connection has them; a page may read 500."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        text = bytes(data).decode()
        if text.endswith("+00"):
            try:
                return datetime.fromisoformat(text)
            except ValueError:  # a year that Python does not know: psycopg says so
                pass
        return super().load(data)
