"""The template to fill in, and the file of what was rejected."""

import csv
import io

import pytest
from openpyxl import load_workbook

from exchange import imports
from exchange.imports.service import kept_upload
from exchange.resources import importable_models
from tests.factories.imports import Office, counts, problems

HEADERS = ["E-mail", "Name", "Role"]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


def read(file):
    with file:
        data = file.read()
    if file.name.endswith(".csv"):
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    sheets = load_workbook(io.BytesIO(data)).worksheets
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in sheets]


@pytest.mark.parametrize("model", importable_models())
def test_a_template_has_every_column_and_is_read_back(office, model):
    target = model._meta.label_lower
    columns = imports.columns_of(target)
    labels = [str(column.label) for column in columns]
    rows, explained = read(imports.template_file(target, "xlsx"))
    assert rows[0] == labels
    assert [row[0] for row in explained[1:]] == labels
    assert read(imports.template_file(target, "csv"))[0] == labels
    with imports.template_file(target, "xlsx") as file:
        batch = office.checked(target, file.read(), name="template.xlsx")
    # Its example refers to nobody of this school, and its cells are right.
    sentences = {sentence for _row, _label, sentence in problems(batch)}
    unknown = ("Nobody you can see", "There is no class", "There is no invoice", "No student has")
    assert all(text.startswith((*unknown, "No guardian has")) for text in sentences)


def test_a_template_of_people_can_be_imported(office):
    with imports.template_file("core.user", "csv") as file:
        assert file.name == "people-template.csv"
        batch = office.checked("core.user", file.read())
    assert counts(batch) == (1, 0, 0, 0)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_rejected_rows_come_with_their_reasons(office, suffix):
    rows = [
        HEADERS,
        ["-cmd()", "-1+1", "pupil"],
        ["new@a.example", "New", "student"],
        ["", "No mail"],
    ]
    batch = office.checked("core.user", rows, name=f"My list.{suffix}")
    file = imports.rejected_file(batch)
    assert file.name == f"My list-rejected.{suffix}"
    lines = read(file)
    lines = lines if suffix == "csv" else lines[0]
    role = "Role: “pupil” is not one of: admin, registrar, bursar, teacher, student, guardian."
    assert [[str(cell or "") for cell in row] for row in lines] == [
        ["Row", *HEADERS, "Reason"],
        ["2", "'-cmd()", "'-1+1", "pupil", role],
        ["4", "", "No mail", "", "E-mail: This is required."],
    ]
    other = {"csv": "xlsx", "xlsx": "csv"}[suffix]
    with imports.rejected_file(batch, other) as file:
        assert file.name.endswith(other)


def test_a_file_that_is_gone_says_so(office):
    batch = office.checked("core.user", [HEADERS, ["", "No mail", ""]])
    kept_upload(batch).remove()
    with pytest.raises(imports.UploadRefused, match="no longer there"):
        imports.rejected_file(batch)
