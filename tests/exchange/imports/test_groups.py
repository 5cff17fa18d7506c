"""Year groups and homerooms as columns of the file of people, in and out."""

import pytest

from core.models import Homeroom, User
from exchange import exports
from tests.factories import core
from tests.factories.files import read_csv
from tests.factories.imports import Office, counts, problems

pytestmark = pytest.mark.django_db

HEADERS = ["E-mail", "Name", "Role", "Year group", "Homeroom"]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


def groups_of(person):
    rows = User.objects.filter(email=person)
    return rows.values_list("year_group__name", "homeroom__name").get()


def test_a_file_puts_students_into_groups_and_the_year_group_follows(cast, office):
    batch = office.applied(
        "core.user",
        [
            HEADERS,
            ["ana@a.example", "Ana", "student", "", "8a"],
            ["ben@a.example", "Ben", "student", "year 7", ""],
            [cast.a.student.email, "", "", "Year 8", ""],
            [cast.a.other_student.email, "", "", "", ""],
        ],
    )
    assert counts(batch) == (2, 1, 1, 0)
    assert groups_of("ana@a.example") == ("Year 8", "8A")
    assert groups_of("ben@a.example") == ("Year 7", None)
    assert groups_of(cast.a.student.email) == ("Year 8", None)
    assert groups_of(cast.a.other_student.email) == ("Year 8", "8A")
    office.undo(batch)
    assert groups_of(cast.a.student.email) == ("Year 7", "7A")
    assert not User.objects.filter(email="ana@a.example").exists()


def test_a_minus_takes_a_student_out(cast, office):
    office.applied("core.user", [HEADERS, [cast.a.student.email, "", "", "", "-"]])
    assert groups_of(cast.a.student.email) == ("Year 7", None)
    office.applied("core.user", [HEADERS, [cast.a.other_student.email, "", "", "-", ""]])
    assert groups_of(cast.a.other_student.email) == (None, None)


def test_what_is_wrong_is_said_cell_by_cell(cast, office):
    batch = office.checked(
        "core.user",
        [
            HEADERS,
            ["1@a.example", "One", "student", "Year 99", ""],
            ["2@a.example", "Two", "student", "", "99Z"],
            ["3@a.example", "Three", "student", "Year 7", "8A"],
            ["4@a.example", "Four", "teacher", "", "8A"],
        ],
    )
    assert problems(batch) == [
        (2, "Year group", "There is no year group called “Year 99”."),
        (3, "Homeroom", "There is no homeroom called “99Z”."),
        (4, "Homeroom", "“8A” is a homeroom of another year group."),
        (5, "Homeroom", "Only students have a year group and a homeroom."),
    ]


def test_the_homeroom_of_another_school_is_not_known(cast, office):
    with Office(cast.b):
        core.homeroom(name="Elsewhere", year_group=cast.b.year_group)
    assert not Homeroom.objects.filter(name="Elsewhere").exists()
    row = ["1@a.example", "One", "student", "", "Elsewhere"]
    assert len(problems(office.checked("core.user", [HEADERS, row]))) == 1


def test_the_list_leaves_with_both(cast, office):
    export = exports.request(
        kind="list", template_id="users_v1", by=cast.a.admin, file_format="csv"
    )
    header, *rows = read_csv(exports.files.path_of(export).read_bytes())
    row = next(row for row in rows if cast.a.student.email in row)
    assert row[header.index("Year group")] == "Year 7"
    assert row[header.index("Homeroom")] == "7A"
