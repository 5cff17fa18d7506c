"""Bytes on their way: counted and hashed as they pass."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol

from psycopg import sql


class Readable(Protocol):
    """A binary file, of whichever kind."""

    def read(self, size: int, /) -> bytes: ...


PIECE = 1 << 18  # bytes that are handed on at a time


@dataclass(frozen=True)
class Sum:
    """A digest by which bytes can be compared."""

    bytes: int
    sha256: str

    def as_dict(self) -> dict[str, int | str]:
        return asdict(self)


class Counted:
    """A writable file that counts and hashes what goes on to `target` (None: nowhere)."""

    def __init__(self, target: IO[bytes] | None = None) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._bytes += len(data)
        if self._target is not None:
            self._target.write(data)

    def sum(self) -> Sum:
        return Sum(self._bytes, self._digest.hexdigest())


def copy_out(
    cursor: Any,
    statement: sql.Composable,
    write: Callable[[bytes], Any],
    on_row: Callable[[int], None] | None = None,
) -> int:
    """Write the bytes of a COPY ... TO STDOUT (with a header) in large pieces; return its rows.

    `on_row(rows)` is called after every piece.
    """
    rows, pieces, size = -1, [], 0  # the header is a message of its own, as every row is
    with cursor.copy(statement) as copy:
        for data in copy:
            rows += 1
            pieces.append(bytes(data))
            size += len(data)
            if size >= PIECE:
                write(b"".join(pieces))
                pieces, size = [], 0
                if on_row:
                    on_row(rows)
    write(b"".join(pieces))
    return rows


def pieces_of(file: Readable) -> Iterator[bytes]:
    """Yield a readable file's bytes in pieces."""
    while piece := file.read(PIECE):
        yield piece
