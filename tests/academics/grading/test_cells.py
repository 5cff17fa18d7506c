"""The grammar of a gradebook's cell: what it takes, what it makes of it, what it refuses."""

from decimal import Decimal

import pytest

from academics.grading.cells import Mark, Refused, read, write
from academics.grading.scales import Scale

USUAL = Scale.of(None)
GCSE_GRADES = Scale.of('[["9", 90], ["8", 82.5], ["7", 74], ["U", 0]]')
NAMED = Scale.of([["A*", 90], ["N/A", 50], ["very good", 40], ["a", 20], ["Fail", 0]])


def mark(score=None, letter=None):
    return Mark(score=None if score is None else Decimal(score), letter=letter)


@pytest.mark.parametrize(
    ("text", "highest", "expected"),
    [
        ("17", 20, mark("17.00", "B")),
        (" 17 ", 20, mark("17.00", "B")),
        ("0", 20, mark("0.00", "F")),
        ("20", 20, mark("20.00", "A")),
        ("10,5", 20, mark("10.50", "F")),
        ("10.5", 20, mark("10.50", "F")),
        ("10.50", 20, mark("10.50", "F")),
        ("17/20", 20, mark("17.00", "B")),
        ("17 / 20", 40, mark("34.00", "B")),
        ("2/3", 20, mark("13.33", "D")),
        ("1/8", 1, mark("0.13", "F")),
        ("8,5/10", 20, mark("17.00", "B")),
        ("85%", 20, mark("17.00", "B")),
        ("85,5 %", 20, mark("17.10", "B")),
        ("33.333%", 30, mark("10.00", "F")),
        ("12.5%", 1, mark("0.13", "F")),
        ("100%", 20, mark("20.00", "A")),
        ("B+", 20, mark("17.40", "B+")),
        ("b+", 20, mark("17.40", "B+")),
        ("A−", 20, mark("18.00", "A-")),
        ("F", 20, mark("0.00", "F")),
        ("=B+", 20, mark("17.40", "B+")),
        ("17", None, mark("17.00")),
        ("B+", None, mark(None, "B+")),
        ("*", 20, Mark(excused=True)),
        ("", 20, Mark()),
        ("\u00a0 ", 20, Mark()),
        (None, 20, Mark()),
        ("9999.99", None, mark("9999.99")),
    ],
)
def test_what_a_cell_takes(text, highest, expected):
    assert read(text, highest, USUAL) == expected


@pytest.mark.parametrize(
    ("text", "highest", "reason"),
    [
        ("-1", 20, "A score cannot be negative."),
        ("-0", 20, "A score cannot be negative."),
        ("−5%", 20, "A score cannot be negative."),
        ("-1/2", 20, "A score cannot be negative."),
        ("21", 20, "21 is more than the highest score, 20."),
        ("20.01", 20, "20.01 is more than the highest score, 20."),
        ("21/20", 20, "21 is more than the highest score, 20."),
        ("101%", 20, "20.2 is more than the highest score, 20."),
        ("17.125", 20, "Points have at most two decimal places."),
        ("1,000", 2000, "Points have at most two decimal places."),
        ("17/0", 20, "Nothing can be divided by 0."),
        ("85%", None, "The assignment has no highest score: enter points or a letter."),
        ("17/20", None, "The assignment has no highest score: enter points or a letter."),
        ("10000", None, "A number is too large."),
        ("9" * 10_000, 20, "This is too long for a grade."),
        ("9" * 41, 20, "This is too long for a grade."),
    ],
)
def test_what_a_cell_refuses_and_why(text, highest, reason):
    with pytest.raises(Refused) as error:
        read(text, highest, USUAL)
    assert str(error.value) == reason


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "A 90 NaN",
        "inf",
        "1e9999",
        "1\x007",
        "17/0x",
        "seventeen",
        "17 points",
        "1 7",
        "E",
        "**",
        "٣",
        "%",
        "/",
        "=",
    ],
)
def test_what_is_neither_points_nor_a_letter_is_refused(text):
    with pytest.raises(Refused) as error:
        read(text, 20, USUAL)
    assert str(error.value).startswith(f"“{text}” is neither points")


def test_a_bare_number_is_points_also_where_letters_are_numbers():
    assert read("7", 10, GCSE_GRADES) == mark("7.00", "U")
    assert read("=7", 10, GCSE_GRADES) == mark("7.40", "7")
    assert read("=8", 10, GCSE_GRADES) == mark("8.25", "8")
    with pytest.raises(Refused):
        read("=6", 10, GCSE_GRADES)


def test_letters_may_look_like_anything():
    assert read("A*", 10, NAMED).letter == "A*"
    assert read("n/a", 10, NAMED).letter == "N/A"
    assert read("Very  good", 10, NAMED).letter == "very good"


def test_capitals_count_where_the_scale_has_both():
    both = Scale.of([["A", 90], ["a", 50], ["F", 0]])
    assert (read("A", 10, both).letter, read("a", 10, both).letter) == ("A", "a")


def test_a_letters_points_earn_that_letter():
    thirds = Scale.of([["P", Decimal("33.33")], ["F", 0]])
    given = read("P", 7, thirds)
    assert given == mark("2.34", "P")
    assert thirds.letter(100 * given.score / 7) == "P"


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (mark("17.00"), "17"),
        (mark("10.50", "F"), "10.5"),
        (mark("100.00"), "100"),
        (mark(None, "B+"), "B+"),
        (mark(None, "7"), "=7"),
        (Mark(excused=True), "*"),
        (Mark(), ""),
    ],
)
def test_what_a_cell_shows(mark, text):
    assert write(mark.score, mark.letter, mark.excused) == text


def test_bounds_are_exact():
    scale = Scale.of('[["A", 89.95], ["B", 0]]')
    assert scale.bound("A") == Decimal("89.95")
    assert (scale.letter(Decimal("89.95")), scale.letter(Decimal("89.949999"))) == ("A", "B")
    assert scale.letter(None) is None
