"""Records in files: a column for each field, in and out, for whom it is."""

import pytest

from core.models import PersonField, Tenant, User
from core.rls import tenant_context
from exchange import exports
from exchange.admin import import_rows
from exchange.imports import files
from tests.factories import core
from tests.factories.files import read_csv
from tests.factories.imports import Office, counts, problems

pytestmark = pytest.mark.django_db

HEADERS = ["E-mail", "Role", "First name", "Last name", "DOB", "Gender", "Takes the bus", "Visits"]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        core.person_field(key="bus", label="Takes the bus", kind="yes_no")
        core.person_field(key="visits", label="Visits", kind="number")
        core.person_field(key="call", label="Call", kind="phone")
        yield office


def test_a_file_fills_the_records(cast, office):
    batch = office.applied(
        "core.user",
        [
            HEADERS,
            ["ana@example.com", "student", "Ana", "Ruiz", "3.5.2012", "female", "Yes", "2"],
            [cast.a.student.email, "", "", "", "", "", "no", ""],
        ],
    )
    assert counts(batch) == (1, 1, 0, 0)
    ana = User.objects.get(email="ana@example.com")
    assert (ana.name, ana.birth_date) == ("Ana Ruiz", "2012-05-03")
    assert ana.metadata == {
        "first_name": "Ana", "last_name": "Ruiz", "birth_date": "2012-05-03", "gender": "Female",
        "bus": True, "visits": 2,
    }  # fmt: skip
    assert User.objects.get(pk=cast.a.student.pk).metadata == {"bus": False}
    office.undo(batch)
    assert User.objects.get(pk=cast.a.student.pk).metadata == {}
    assert not User.objects.filter(email="ana@example.com").exists()


def test_a_messy_file_is_explained_cell_by_cell(cast, office):
    User.objects.filter(pk=cast.a.other_student.pk).update(metadata={"student_number": "7"})
    PersonField.objects.filter(key="last_name", role="student").update(is_required=True)
    headers = [*HEADERS, "Call", "Student ID"]
    batch = office.checked(
        "core.user",
        [
            headers,
            ["1@x.example", "student", "A", "B", "31.2.2012", "", "", "", "", ""],
            ["2@x.example", "student", "A", "B", "", "woman", "perhaps", "two", "-", ""],
            ["3@x.example", "student", "A", "B", "", "", "", "", "call me", ""],
            ["4@x.example", "teacher", "A", "B", "", "Male", "", "", "", ""],
            ["5@x.example", "student", "A", "", "", "", "", "", "", ""],
            ["6@x.example", "student", "A", "B", "", "", "", "", "", "7"],
            ["7@x.example", "student", "", "", "", "", "", "", "", ""],
        ],
    )
    refused = problems(batch)
    assert [(number, label) for number, label, _sentence in refused] == [
        (2, "Birth date"), (3, "Gender"), (3, "Takes the bus"), (3, "Visits"), (4, "Call"),
        (5, "Gender"), (6, "Last name"), (7, "Student number"), (8, "Last name"),
    ]  # fmt: skip
    sentences = {(number, label): sentence for number, label, sentence in refused}
    assert sentences[2, "Birth date"] == "“31.2.2012” is not in the calendar."
    assert sentences[3, "Gender"].endswith("is not one of: Female, Male, Other, Not stated.")
    assert sentences[5, "Gender"] == "People of this role have no such field."
    assert sentences[7, "Student number"] == "Another student has this number."


def test_a_minus_empties_a_field_and_an_empty_cell_leaves_it(cast, office):
    person = User.objects.filter(pk=cast.a.student.pk)
    person.update(metadata={"first_name": "Ana", "club": "Chess", "_imported": {"x": 1}})
    office.applied("core.user", [["E-mail", "Club", "First name"], [cast.a.student.email, "-", ""]])
    assert person.get().metadata == {"first_name": "Ana", "_imported": {"x": 1}}


def test_the_numbers_of_new_students_are_given(cast, office):
    Tenant.objects.filter(pk=cast.a.tenant.pk).update(settings={"student_numbers": "{number:3}"})
    rows = [[f"{n}@x.example", "student", "New", str(n)] for n in range(3)]
    batch = office.applied("core.user", [["E-mail", "Role", "First name", "Last name"], *rows])
    born = User.objects.filter(email__endswith="@x.example").order_by("email")
    assert [person.student_number for person in born] == ["001", "002", "003"]
    office.undo(batch)


def test_the_preview_shows_fields_and_only_what_changes(cast, office, rf):
    person = User.objects.filter(pk=cast.a.student.pk)
    person.update(metadata={"club": "Chess", "bus": True})
    headers = ["E-mail", "Club", "Takes the bus", "Visits"]
    batch = office.checked("core.user", [headers, [cast.a.student.email, "Judo", "yes", "3"]])
    page = import_rows.RowPage(rf.get("/"), batch, User, "changed")
    (line,) = page.lines
    cells = {
        label: (cell.before, cell.after)
        for label, cell in zip(page.labels, line.cells, strict=True)
        if cell.is_changed
    }
    assert cells == {"Club": ("Chess", "Judo"), "Visits": ("", "3")}


def exported(school, user):
    with tenant_context(school.tenant, user):
        export = exports.request(kind="list", template_id="users_v1", by=user, file_format="csv")
        header, *rows = read_csv(exports.files.path_of(export).read_bytes())
    place = header.index("E-mail")
    return {line[place]: dict(zip(header, line, strict=True)) for line in rows}


@pytest.mark.parametrize(
    ("who", "columns"),
    [("admin", {"Club", "Seat", "Locker"}), ("teacher", {"Club", "Seat"})],
)
def test_an_export_has_the_columns_that_its_reader_may_read(cast, who, columns):
    with tenant_context(cast.a.tenant, cast.a.admin):
        metadata = {"club": "=Chess", "seat": "4B", "locker": "117", "birth_date": "2012-05-03"}
        User.objects.filter(pk=cast.a.student.pk).update(metadata=metadata)
    row = exported(cast.a, getattr(cast.a, who))[cast.a.student.email]
    assert {"Club", "Seat", "Locker"} & {*row} == columns
    assert (row["Club"], row["Seat"], row["Birth date"]) == ("'=Chess", "4B", "2012-05-03")
    assert row.get("Locker") == ("117" if who == "admin" else None)


def test_the_template_has_a_column_for_each_field(cast, office):
    with files.template_file("core.user", "csv") as file:
        header = read_csv(file.read())[0]
    assert {"Club", "Takes the bus", "Birth date", "Subjects"} <= {*header}
    assert len(header) == len(set(header))
