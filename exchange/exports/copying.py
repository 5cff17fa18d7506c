"""Rows out of PostgreSQL by COPY, in blocks, in the context of whoever asks.

psycopg hands COPY's rows over one by one and waits for each, which costs as much again as psql
takes for the whole file. Here a block of rows is taken at a time, with psycopg's own primitives.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from psycopg import errors
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.waiting import Ready, Wait

from exchange.cells import CONTROL

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

BLOCK_ROWS = 1000
LONG_ROW = 4096  # bytes
CONTROL_BYTES = bytes(code for code in range(32) if CONTROL.match(chr(code)))
NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


@dataclass
class Block:
    """Some rows as COPY wrote them, each with its line end."""

    data: bytearray
    rows: int
    longest: int  # that a row may be, in bytes


def blocks(query: str, options: str) -> Generator[Block, None, None]:
    """Yield the rows of `COPY (query) TO STDOUT` in `Block`s.

    While this runs the connection answers nothing else. Close the generator (`closing`) to cancel
    the query; the transaction, or its savepoint, must be rolled back then.
    """
    statement = f"COPY ({query}) TO STDOUT WITH ({options})"
    # The cursor sends the row-level security context before its first statement.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        is_over = False
        while not is_over:
            block, is_over = copy.connection.wait(_take(copy.connection.pgconn))
            if block.rows:
                yield block


def _take(pgconn: PGconn) -> Generator[Wait, Ready, tuple[Block, bool]]:
    """Return (block, whether it was the last), as a generator that psycopg can wait for.

    Each row is copied and let go at once: its memory serves for the next. A long one ends the
    block, which so has a limit.
    """
    data, is_over, longest = bytearray(), False, LONG_ROW
    for rows in range(1, BLOCK_ROWS + 1):
        length, row = pgconn.get_copy_data(1)
        while length == 0:  # nothing has arrived
            yield Wait.R
            pgconn.consume_input()
            length, row = pgconn.get_copy_data(1)
        if length < 0:
            _raise_error((yield from fetch_many(pgconn))[-1])
            rows, is_over = rows - 1, True
            break
        data += row
        if length > LONG_ROW:
            longest = length
            break
    return Block(data, rows, longest), is_over


def _raise_error(result: PGresult) -> None:
    if result.status != ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result)


def without_controls(block: bytes | bytearray) -> bytes:
    """Return the bytes without the characters that `exchange.cells.CONTROL` removes."""
    block = bytes(block).translate(None, CONTROL_BYTES)
    if not block.isascii():
        for character in NONCHARACTERS:
            block = block.replace(character, b"")
    return block
