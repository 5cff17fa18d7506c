"""What a file is made of: a query whose columns are the file's, and how each is written."""

from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

SET_LOCAL = "SELECT set_config(%s, %s, true)"


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file: its header, and its kind (a widget of `core.exchange.columns`)."""

    label: str
    kind: object


@dataclass(frozen=True)
class Source:
    """Rows on their way into a file, read under the context of whoever asks.

    `sql` with `params` (psycopg's %s) returns the columns in their order, typed as PostgreSQL has
    them. `settings` are transaction-local settings that the query reads (a report's period).
    """

    title: str
    columns: tuple[SourceColumn, ...]
    sql: str
    params: tuple = ()
    settings: dict = field(default_factory=dict)

    def count(self, limit=None):
        """Return the number of rows, at most `limit`."""
        sql, params = f"SELECT count(*) FROM ({self.sql}) rows", [*self.params]  # noqa: S608
        if limit is not None:
            sql = f"SELECT count(*) FROM (SELECT FROM ({self.sql}) rows LIMIT %s) few"  # noqa: S608
            params.append(limit)
        with self.applied(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone()[0]

    @contextmanager
    def applied(self):
        """Hold the settings for the block; they end with the transaction anyway."""
        with connection.cursor() as cursor:
            for name, value in self.settings.items():
                cursor.execute(SET_LOCAL, [name, value])
        yield
        with connection.cursor() as cursor:
            for name in self.settings:
                cursor.execute(SET_LOCAL, [name, ""])
