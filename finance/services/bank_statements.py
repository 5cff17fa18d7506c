"""Importing a file of the bank: the file once, and each of its lines once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from core.constraints import rule_of
from finance.bank.lines import BankFile, Line
from finance.models import BankStatement

ONE_DIGEST = "idx_bank_statements_digest"
NAME = 255
TABLES = 10  # whose columns are remembered


@dataclass(frozen=True)
class Imported:
    """A statement, and how many of its lines no statement before it had.

    `was_there` says that the file was imported before; then nothing was added.
    """

    statement: BankStatement
    added: int
    was_there: bool = False


def import_file(
    *, file: BankFile, filename: str, digest: str, columns: Mapping[str, str] | None = None
) -> Imported:
    """Keep a file's lines that are not known yet. Raises IntegrityError by a rule.

    `columns` are what the headers of a table mean, to be remembered.
    """
    days = [line.booking_date for line in file.lines]
    try:
        with transaction.atomic():
            statement = BankStatement.objects.create(
                filename=filename[-NAME:],
                file_format=file.file_format,
                digest=digest,
                accounts=", ".join(dict.fromkeys(line.account for line in file.lines)),
                first_date=min(days),
                last_date=max(days),
                line_count=len(file.lines),
                columns=dict(columns) if columns else None,
            )
            return Imported(statement, _add(statement, file.lines))
    except IntegrityError as error:
        known = with_digest(digest) if rule_of(error) == ONE_DIGEST else None
        if known is None:
            raise
        return Imported(known, 0, was_there=True)


@dataclass(frozen=True)
class Remembered:
    """What was said of the last tables: {header: what it means}, and the account."""

    columns: dict[str, str]
    account: str


def remembered() -> Remembered:
    """Return what the school's last tables were read by; of a header, the latest."""
    rows = BankStatement.objects.filter(columns__isnull=False).order_by("-created_at", "-id")
    tables = list(rows.only("columns", "accounts")[:TABLES])
    columns = {h: name for row in reversed(tables) for h, name in (row.columns or {}).items()}
    return Remembered(columns, tables[0].accounts if tables else "")


def with_digest(digest: str) -> BankStatement | None:
    """Return the statement of a file that was imported before."""
    return BankStatement.objects.filter(digest=digest).first()


def _add(statement: BankStatement, lines: list[Line]) -> int:
    rows = [
        {
            "line_number": number,
            "account": line.account,
            "booking_date": line.booking_date.isoformat(),
            "amount": str(line.amount),
            "currency": line.currency,
            "party": line.party,
            "party_account": line.party_account,
            "message": line.message,
            "bank_reference": line.bank_reference,
        }
        for number, line in enumerate(lines, 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.import_bank_lines(%s, %s::jsonb)", [statement.pk, json.dumps(rows)]
        )
        added: int = cursor.fetchone()[0]
    return added
