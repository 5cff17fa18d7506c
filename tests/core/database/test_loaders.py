"""Moments are read as psycopg and Django read them (core.database.backend.loaders)."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db


def read(text):
    with connection.cursor() as cursor:
        cursor.execute("select %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-09 08:30+00", datetime(2026, 3, 9, 8, 30, tzinfo=UTC)),
        ("2026-03-09 08:30:01.5+01", datetime(2026, 3, 9, 7, 30, 1, 500_000, tzinfo=UTC)),
        ("0001-01-01 00:00:00.000001+00", datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59+00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(text, moment):
    assert read(text) == moment
    assert read(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["12026-01-01 00:00+00", "0044-03-15 00:00+00 BC", "infinity"])
def test_what_python_cannot_hold_is_an_error(text):
    with pytest.raises(DataError):
        read(text)


def test_in_another_time_zone_it_is_psycopgs(db):
    with connection.cursor() as cursor:
        cursor.execute("set local time zone 'Asia/Kolkata'")
        cursor.execute("select '2026-03-09 08:30+00'::timestamptz")
        assert cursor.fetchone()[0].hour == 14  # as Django has it, which sets no other zone
