"""Bytes on their way: counted and hashed as they pass."""

import hashlib
from dataclasses import asdict, dataclass

PIECE = 1 << 18  # bytes that are handed on at a time


@dataclass(frozen=True)
class Sum:
    """What tells whether some bytes are the same as others."""

    bytes: int
    sha256: str

    def as_dict(self):
        return asdict(self)


class Counted:
    """A writable file that counts and hashes what goes on to `target` (None: nowhere)."""

    def __init__(self, target=None):
        self._target = target
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, data):
        self._digest.update(data)
        self._bytes += len(data)
        if self._target is not None:
            self._target.write(data)

    def sum(self):
        return Sum(self._bytes, self._digest.hexdigest())


def copy_out(cursor, statement, write, on_row=None):
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


def pieces_of(file):
    """Yield a readable file's bytes in pieces."""
    while piece := file.read(PIECE):
        yield piece
