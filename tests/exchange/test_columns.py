from datetime import date, datetime, time
from decimal import Decimal

import pytest

from academics.models import Attendance
from exchange import columns

DAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026-03-04", DAY),
        (" 2026-3-4 ", DAY),
        ("04.03.2026", DAY),
        ("2026-03-04 00:00:00", DAY),
        (datetime.combine(DAY, time()), DAY),
        (DAY, DAY),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read(cell, value):
    assert columns.Date().clean(cell) == value


@pytest.mark.parametrize("cell", ["1/05/2023", "2026-02-30", "yesterday", 45000, "=1", "٣"])
def test_other_dates_are_refused(cell):
    with pytest.raises(ValueError, match="“"):
        columns.Date().clean(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("9:05", time(9, 5)), ("09:05:30", time(9, 5, 30)), (time(9, 5), time(9, 5)), ("", None)],
)
def test_times_are_read(cell, value):
    assert columns.Time().clean(cell) == value


@pytest.mark.parametrize("cell", ["25:00", "9", "9 am", 0.5])
def test_other_times_are_refused(cell):
    with pytest.raises(ValueError, match="HH:MM"):
        columns.Time().clean(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12.5", "12.50"),
        (12.5, "12.50"),
        (0.1 + 0.2, "0.30"),
        (7, "7.00"),
        ("-3", "-3.00"),
        ("1e2", "100.00"),
        ("1.500", "1.50"),
        ("0", "0.00"),
    ],
)
def test_numbers_are_read(cell, value):
    assert columns.Number().clean(cell) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    ["1,234.50", "12,5", "$5", "NaN", "Infinity", float("inf"), "1_0", "1.234", "1e9", "x", True],
)
def test_other_numbers_are_refused(cell):
    with pytest.raises(ValueError, match="“"):
        columns.Number().clean(cell)


@pytest.mark.parametrize(("cell", "value"), [("20", 20), (20.0, 20), ("'-3", -3), ("", None)])
def test_whole_numbers_are_read(cell, value):
    assert columns.Integer().clean(cell) == value


@pytest.mark.parametrize("cell", ["2.5", "99999999999", "many"])
def test_other_whole_numbers_are_refused(cell):
    with pytest.raises(ValueError, match="whole number"):
        columns.Integer().clean(cell)


def test_choices_are_read_by_value_or_label_in_any_case():
    kind = columns.Choice(Attendance.Status)
    assert [kind.clean(cell) for cell in ("late", "Late", " LATE ", "")] == ["late"] * 3 + [None]
    with pytest.raises(ValueError, match="present, absent, late, excused"):
        kind.clean("tardy")


def test_choices_are_read_by_what_other_systems_call_them():
    kind = columns.Choice(Attendance.Status, {"tardy": Attendance.Status.LATE})
    assert [kind.clean(cell) for cell in ("Tardy", " TARDY ", "late")] == ["late"] * 3
    with pytest.raises(ValueError, match="“Partial” is not one of: present, absent, late"):
        kind.clean("Partial")


@pytest.mark.parametrize(
    ("cell", "value"),
    [(12.0, "12"), (12, "12"), ("'=1+1", "=1+1"), ("  x ", "x"), ("", None), ("'+49", "+49")],
)
def test_text_is_read(cell, value):
    assert columns.Text(50).clean(cell) == value


@pytest.mark.parametrize(("cell", "reason"), [("x" * 51, "50"), ("a\x00b", "cannot be stored")])
def test_other_text_is_refused(cell, reason):
    with pytest.raises(ValueError, match=reason):
        columns.Text(50).clean(cell)
