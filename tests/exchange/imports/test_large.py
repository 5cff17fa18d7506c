"""A file of 50,000 people of whom 37 are wrong, in every way that there is."""

import pytest

from core.models import User
from exchange import imports
from tests.factories.imports import Office, counts, problems

pytestmark = pytest.mark.scale

ROWS = 50_000
HEADERS = ["E-mail", "Name", "Role", "Status", "Phone"]
# What is wrong -> (the cells, label, sentence); `{n}` is the number of the row in the file.
CELL = "“pupil” is not one of: admin, registrar, bursar, teacher, student, guardian."
WAYS = [
    (["p{n}@a.example", "P", "pupil", "", ""], "Role", CELL),
    (["p{n}@a.example", "", "student", "", ""], "Name", "A new row needs “Name”."),
    (["", "P", "student", "", ""], "E-mail", "This is required."),
    (["P5@A.example", "P", "student", "", ""], "", "This is already in row 5 of the file."),
    (["no address {n}", "P", "student", "", ""], "E-mail", "This is not a valid e-mail address."),
    (["p{n}@a.example", "P", "student", "", "x" * 51], "Phone",
     "This is longer than 50 characters (51)."),
]  # fmt: skip
WRONG = [1000 + 1327 * n for n in range(37)]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


def file_with(wrong):
    """Return the rows of the file, and [(row, label, sentence)] of what is wrong with them."""
    rows, expected = [HEADERS], []
    for number in range(2, ROWS + 2):
        if number in wrong:
            cells, label, sentence = WAYS[wrong.index(number) % len(WAYS)]
            rows.append([cell.format(n=number) for cell in cells])
            expected.append((number, label, sentence))
        else:
            rows.append([f"p{number}@a.example", f"Person {number}", "student", "active", ""])
    return rows, expected


def test_exactly_the_wrong_rows_are_reported(office):
    rows, expected = file_with(WRONG)
    people = User.objects.count()
    batch = office.checked("core.user", rows)
    assert imports.is_large(batch)
    assert problems(batch) == expected
    assert len(expected) == 37
    assert counts(batch) == (ROWS - 37, 0, 0, 37)
    assert batch.rows.filter(outcome="created").count() == ROWS - 37
    # A check writes nobody.
    assert User.objects.count() == people
    with imports.rejected_file(batch) as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    assert len(lines) == 38
    assert lines[0] == "Row,E-mail,Name,Role,Status,Phone,Reason"
    assert lines[1] == f'1000,p1000@a.example,P,pupil,,,"Role: {CELL}"'
