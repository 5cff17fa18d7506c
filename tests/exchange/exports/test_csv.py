"""CSV files: harmless cells, and values as people read them."""

import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import product

from django.utils import timezone

from core.rls import tenant_context
from exchange.cells import neutralise, restore
from exchange.columns import Date, Integer, Json, Moment, Number, Text, Time, YesNo
from exchange.exports import engine
from tests.factories.files import read_csv
from tests.factories.sources import source_of, texts

# Everything that a spreadsheet, CSV, XML or COPY could trip over.
ODD = "'=+-@\t\r\n\x01\x1f\ufffe\uffffAä🙂 ,\"\\1&<;"


def odd_texts():
    """Return every text of up to three odd characters."""
    return ["".join(letters) for length in (1, 2, 3) for letters in product(ODD, repeat=length)]


def csv_rows(source):
    file = io.BytesIO()
    engine.write(file, source, "csv")
    return read_csv(file.getvalue())[1:]


def test_texts_are_made_harmless_as_everywhere(cast):
    """PostgreSQL's way is `neutralise`, cell for cell; what an import restores is the text."""
    values = odd_texts()
    with tenant_context(cast.a.tenant, cast.a.admin):
        rows = csv_rows(texts(values))
    assert [row[1] for row in rows] == [neutralise(value) for value in values]
    printable = [
        (r[1], v) for r, v in zip(rows, values, strict=True) if neutralise(v)[-len(v) :] == v
    ]
    assert len(printable) > 1000
    assert all(restore(cell) == value for cell, value in printable)


def test_values_look_as_people_write_them(cast):
    columns = {
        "Day": ("date", Date()),
        "At": ("timestamptz", Moment()),
        "From": ("time", Time()),
        "To": ("time", Time()),
        "Amount": ("numeric(10,2)", Number()),
        "Count": ("int", Integer()),
        "Code": ("int", Text()),
        "Paid": ("bool", YesNo()),
        "Open": ("bool", YesNo()),
        "Details": ("jsonb", Json()),
        "Id": ("uuid", Text()),
    }
    identifier = "0b0f3fd7-6f0c-4f9e-8a4b-0f6a4f8f1c11"
    values = (
        date(2026, 3, 1),
        datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
        time(9, 5),
        time(9, 5, 7),
        Decimal("-12.50"),
        -3,
        -4,
        True,
        False,
        '{"a": ["ü", null]}',
        identifier,
    )
    nothing = (None,) * len(values)
    with tenant_context(cast.a.tenant, cast.a.admin), timezone.override("Europe/Berlin"):
        rows = csv_rows(source_of(columns, [values, nothing]))
    assert rows[0] == [
        "2026-03-01",
        "2026-07-02 00:30",
        "09:05",
        "09:05:07",
        "-12.50",
        "-3",
        "-4",
        "yes",
        "no",
        '{"a": ["ü", null]}',
        identifier,
    ]
    assert rows[1] == [""] * len(values)


def test_headers_are_harmless_too(cast):
    file = io.BytesIO()
    with tenant_context(cast.a.tenant, cast.a.admin):
        engine.write(file, texts([], label='=1+1, "2"'), "csv")
    assert file.getvalue().decode("utf-8-sig") == 'Number,"\'=1+1, ""2"""\n'


def test_percent_signs_and_backslashes_stay(cast):
    values = ["100%", "%s", "%(a)s", "C:\\new\\table", "\\N", "\\."]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert [row[1] for row in csv_rows(texts(values))] == values


def test_days_are_written_in_iso_whatever_the_server_prefers(cast):
    from django.db import connection

    source = source_of({"Day": ("date", Date())}, [(date(2026, 3, 1),)])
    with tenant_context(cast.a.tenant, cast.a.admin):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL datestyle = 'German'")
        assert csv_rows(source) == [["2026-03-01"]]
