"""An empty cell leaves what is there; a minus sign empties it, where it may be empty."""

import pytest

from academics.models import SchoolClass
from core.models import User
from exchange.resources import importable_models, resource_for
from tests.factories.files import preview, signed_in
from tests.factories.imports import Office, counts, problems
from tests.pages import shown

HEADERS = ["E-mail", "Name", "Phone", "Picture (URL)"]
NOT_EMPTY = "This cannot be emptied; write a value instead of “-”."


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        office.student = User.objects.get(pk=cast.a.student.pk)
        User.objects.filter(pk=office.student.pk).update(
            phone="12", avatar_url="https://a.example/b.png"
        )
        yield office


def of(office):
    office.student.refresh_from_db()
    return (office.student.name, office.student.phone, office.student.avatar_url)


def test_an_empty_cell_leaves_an_existing_row_as_it_is(office):
    batch = office.applied("core.user", [HEADERS, [office.student.email, "Renamed", "", " "]])
    assert counts(batch) == (0, 1, 0, 0)
    assert of(office) == ("Renamed", "12", "https://a.example/b.png")


def test_a_row_of_empty_cells_changes_nothing(office):
    batch = office.checked("core.user", [HEADERS, [office.student.email, "", "", ""]])
    assert counts(batch) == (0, 0, 1, 0)


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_a_minus_sign_empties_and_undoing_puts_it_back(office, name):
    rows = [HEADERS, [office.student.email, "", "-", " - "]]
    batch = office.applied("core.user", rows, name=name)
    assert of(office) == ("Student", None, None)
    row = batch.rows.get()
    assert (row.before, row.after) == (
        {"phone": "12", "avatar_url": "https://a.example/b.png"},
        {"phone": None, "avatar_url": None},
    )
    office.undo(batch)
    assert of(office) == ("Student", "12", "https://a.example/b.png")


def test_a_minus_sign_as_a_text_is_written_as_an_export_writes_it(office):
    office.applied("core.user", [HEADERS, [office.student.email, "", "'-", ""]])
    assert of(office) == ("Student", "-", "https://a.example/b.png")


def test_what_may_not_be_empty_is_refused_in_a_sentence(office):
    rows = [[*HEADERS, "Role", "Status"], ["-", "-", "-", "-", "-", "-"]]
    labels = ["E-mail", "Name", "Role", "Status"]
    assert problems(office.checked("core.user", rows)) == [
        (2, label, NOT_EMPTY) for label in labels
    ]


def test_numbers_days_and_references_are_emptied_too(cast, office):
    SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(end_date="2026-06-30")
    headers = ["Class code", "Teacher e-mail", "Last day", "Capacity"]
    code = cast.a.school_class.code
    assert problems(office.checked("academics.schoolclass", [headers, [code, "", "", "-"]])) == [
        (2, "Capacity", NOT_EMPTY)
    ]
    office.applied("academics.schoolclass", [headers, [code, "-", "-", ""]])
    school_class = SchoolClass.objects.get(pk=cast.a.school_class.pk)
    assert (school_class.teacher_id, school_class.end_date, school_class.capacity) == (
        None,
        None,
        20,
    )


def test_a_new_row_begins_with_its_defaults(office):
    rows = [[*HEADERS, "Role", "Status"], ["new@a.example", "New", "-", "", "student", ""]]
    office.applied("core.user", rows)
    new = User.objects.get(email="new@a.example")
    assert (new.phone, new.avatar_url, new.status) == (None, None, "active")


def test_the_page_says_so_and_opens_on_what_changes(cast, office):
    client = signed_in(cast.a, cast.a.admin)
    rows = [
        [*HEADERS, "Role"],
        ["new@a.example", "New", "", "", "student"],
        [office.student.email, "", "-", "", ""],
    ]
    page = preview(client, User, rows)
    assert page.context["page"].outcome == "changed"
    assert "<del>12</del> → <ins>–</ins>" in shown(page)
    upload = client.get("/admin/core/user/import/").content.decode()
    assert "An empty cell leaves what is there as it is." in upload


@pytest.mark.parametrize("model", importable_models(), ids=lambda model: model.__name__)
def test_every_table_knows_what_may_be_empty(model, cast, office):
    resource = resource_for(model)(by=cast.a.admin)
    headers = [str(column.label) for column in resource.columns()]
    names = [column.attribute for column in resource.columns()]
    resource.read_by(dict(zip(headers, names, strict=True)), headers)
    needed = {column.attribute for column in resource.columns() if column.required or column.needed}
    assert resource._may_be_empty & needed == set()
    loose = {column.attribute for column in resource.columns() if column.is_loose}
    nullable = {field.name for field in model._meta.fields if field.null}
    assert resource._may_be_empty <= nullable | loose
