"""Headers find their columns: by label, by name, by what other systems call them."""

import pytest

from exchange.admin.resources import UserResource
from exchange.imports import matching
from exchange.resources import importable_models, resource_for


def guess(*headers):
    return [
        (match.column, match.how) for match in matching.guess(UserResource().columns(), headers)
    ]


@pytest.mark.parametrize(
    ("header", "column", "how"),
    [
        ("E-mail", "email", "label"),
        ("e_MAIL ", "email", "label"),
        ("avatar url", "avatar_url", "name"),
        ("E-Mail-Adresse", "email", "synonym"),
        ("Correo electrónico", "email", "synonym"),
        ("Téléphone", "phone", "synonym"),
        ("Shoe size", None, ""),
        ("", None, ""),
    ],
)
def test_a_header_is_recognised(header, column, how):
    assert guess(header) == [(column, how)]


def test_the_surer_header_wins():
    assert guess("Mail", "Name", "E-mail") == [(None, ""), ("name", "label"), ("email", "label")]


def problems(headers, mapping=None):
    columns = UserResource().columns()
    if mapping is None:
        mapping = matching.as_mapping(matching.guess(columns, headers))
    return matching.problems(columns, headers, mapping)


def test_what_is_wrong_with_headers_is_said():
    assert problems(["E-mail", "Name"]) == []
    assert problems(["E-mail", "Name", "e_mail"]) == ["The column “E-mail” is in the file twice."]
    assert problems(["Name", ""]) == [
        "The file has no column “E-mail”. Its first row must hold the headers; these were found:"
        " Name."
    ]
    assert problems(["X", "Y"], {"X": "email", "Y": "shoes"}) == [
        "There is no column “shoes” here."
    ]
    assert problems(["X", "E-mail"], {"X": "email", "E-mail": None}) == []


@pytest.mark.parametrize("model", importable_models())
def test_no_synonym_means_two_columns(model):
    columns = resource_for(model)().columns()
    labels = {matching.simplify(str(column.label)): column.attribute for column in columns}
    seen = {}
    for column in columns:
        for synonym in column.synonyms:
            name = matching.simplify(synonym)
            assert name, synonym
            assert seen.setdefault(name, column.attribute) == column.attribute, synonym
            # But for what is only shown beside it: "Student" is the name, or else the address.
            other = labels.get(name, column.attribute)
            assert other in (column.attribute, f"{column.attribute}__name"), synonym
