"""Patterns of numbers (finance/sql/invoice_numbers.sql), and which number comes next."""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

LONGEST = 40  # of a pattern; a number has at most 50 characters
AHEAD = 1_000  # numbers that were written by hand and are passed over, at most
NEXT = """
    WITH series AS (
        SELECT coalesce(max(s.last_number), 0) AS last FROM number_series s
         WHERE s.tenant_id = app.tenant_id() AND s.kind = %s
           AND s.year = CASE WHEN position('YYYY' IN %s) > 0 THEN %s ELSE 0 END)
    SELECT app.written_number(%s, %s, n) FROM series, generate_series(last + 1, last + %s) n
     WHERE NOT EXISTS (SELECT FROM invoices i
                        WHERE %s = 'invoice' AND i.tenant_id = app.tenant_id()
                          AND i.invoice_number = app.written_number(%s, %s, n))
     ORDER BY n LIMIT 1
"""


def validate(pattern: str) -> None:
    """Raise ValidationError unless a pattern has the number, in one place, and a usable year."""
    if "#" not in pattern:
        raise ValidationError(_("Write # where the number stands, for example YYYY-#####."))
    if len(re.findall("#+", pattern)) > 1:
        raise ValidationError(_("The number stands in one place: write all # side by side."))
    if pattern.count("YYYY") > 1 or re.search("(?<!Y)Y{1,3}(?!Y)|Y{5,}", pattern):
        raise ValidationError(_("Write the year once, with four letters: YYYY."))


def next_number(kind: str, pattern: str, day: date) -> str:
    """Return the number that the next invoice or credit note of a day gets by a pattern."""
    with connection.cursor() as cursor:
        params = [kind, pattern, day.year, pattern, day.year, AHEAD, kind, pattern, day.year]
        cursor.execute(NEXT, params)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def pattern_of(kind: str) -> str:
    """Return the school's pattern, its own or the usual one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.number_pattern(app.tenant_id(), %s)", [kind])
        return str(cursor.fetchone()[0])
