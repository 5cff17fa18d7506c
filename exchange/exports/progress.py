"""How far a file has come, reported to the database while the query of the file still runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

from django.db import DatabaseError, connection, connections
from django.utils import timezone

from core import rls
from exchange.exports.errors import Cancelled, Interrupted
from exchange.exports.source import Countable
from exchange.models import Export

if TYPE_CHECKING:
    from core.models import Tenant, User

logger = logging.getLogger(__name__)
INTERVAL = 1  # seconds between two looks at the row
COUNT_SECONDS = 10  # that counting the rows may take; without it the bar has no end


class Progress(Protocol):
    """What a builder reports to: the rows done so far, and the source that says how many there are.

    Each may raise when nobody wants the file any more.
    """

    def __call__(self, rows_done: int) -> None: ...

    def measure(self, source: Countable) -> None: ...


class Unwatched:
    """For a file that somebody waits for: there is no bar, and nobody to cancel it."""

    def __call__(self, rows_done: int) -> None:
        pass

    def measure(self, source: Countable) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Watched:
    """The progress of one file in the background; use it as a context manager around the work.

    The connection of the work is busy with its one long query, and nothing that it writes is seen
    before it commits. So a thread with a connection of its own, in the same context, writes
    `rows_done` every second, counts the rows that the bar ends at, and notices when the row has
    been cancelled or the worker (`is_stopping()`) is to stop. Then the next call raises, and a
    query that has not come to its first row yet is cancelled on the server.
    """

    def __init__(
        self, export: Export, tenant: Tenant, user: User, is_stopping: Callable[[], bool]
    ) -> None:
        self.export_id = export.pk
        self.tenant = tenant
        self.user = user
        self.is_stopping = is_stopping
        self.rows_done = 0
        self.source: Countable | None = None
        self.stopped: Exception | None = None
        self._over = threading.Event()
        self._counting = None
        self._working = connection.connection
        self._zone = timezone.get_current_timezone()
        self._thread = threading.Thread(target=self._watch, name=f"progress-{export.pk}")

    def __call__(self, rows_done: int) -> None:
        self.rows_done = rows_done
        if self.stopped:
            raise self.stopped

    def measure(self, source: Countable) -> None:
        """Have the rows of the source counted."""
        self.source = source

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._over.set()
        if counting := self._counting:
            counting.cancel_safe()
        self._thread.join()
        if self.stopped and isinstance(error, DatabaseError):
            raise self.stopped from error

    def _watch(self) -> None:
        try:
            with timezone.override(self._zone):
                while not self._over.wait(INTERVAL) and not self.stopped:
                    self._look()
        except Exception:
            # The file is worth more than its bar.
            logger.exception("No progress is recorded of export %s.", self.export_id)
        finally:
            connections.close_all()

    def _look(self) -> None:
        self._write(rows_done=self.rows_done)
        if self.source is not None and not self.stopped:
            source, self.source = self.source, None
            self._count(source)
        if self.is_stopping():
            self.stopped = self.stopped or Interrupted()
        if self.stopped:
            self._working.cancel_safe()

    def _write(self, **values: int) -> None:
        with rls.tenant_context(self.tenant, self.user):
            row = Export.objects.filter(pk=self.export_id, status=Export.Status.RUNNING)
            if not row.update(**values):
                self.stopped = Cancelled()

    def _count(self, source: Countable) -> None:
        try:
            with rls.tenant_context(self.tenant, self.user):
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = '{COUNT_SECONDS}s'")
                self._counting = connection.connection
                count = source.count()
        except DatabaseError:
            return
        finally:
            self._counting = None
        self._write(rows_total=count)
