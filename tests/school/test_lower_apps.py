"""core and exchange name nothing of the apps above them: neither in code nor in a string."""

import ast
import re
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

BASE = settings.BASE_DIR
ORDER = ["core", "exchange", "academics", "finance", "reporting", "oneroster", "portal", "school"]
DEFINED = re.compile(r"create (?:or replace )?(?:function|procedure|view) ([\w.]+)")
SQL_COMMENT = re.compile(r"--.*")
# The project's own package, where a path or a module of it is meant: a school is not.
PROJECT = r"(?<![\w./-])school(?:/\w+\.\w|\.(?:settings|urls|sites|seeds|wsgi|apps|navigation)\b)"


def files(app):
    """Yield (path, text) of an app's code, SQL, templates and scripts."""
    for folder in (app, f"templates/{app}", f"static/{app}"):
        for path in sorted((BASE / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".html", ".txt", ".js", ".css"}:
                yield path.relative_to(BASE), path.read_text()


def models_above(app):
    above = ORDER[ORDER.index(app) + 1 :]
    return [model for label in above for model in apps.get_app_config(label).get_models()]


def labels(app):
    """The names of the apps above, in whatever words."""
    above = set(ORDER[ORDER.index(app) + 1 :]) - {"school"}  # which is a word of the subject
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(above))})\b|{PROJECT}")
    for path, text in files(app):
        yield from (f"{path}: {name}" for name in pattern.findall(text))


def models(app):
    """Their models, as names in Python."""
    names = {model.__name__ for model in models_above(app)}
    for path, text in files(app):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(text)):
                texts = {getattr(node, part, None) for part in ("id", "attr", "name")}
                yield from (f"{path}: {name}" for name in names & {*filter(_is_text, texts)})


def _is_text(value):
    return isinstance(value, str)


def tables(app):
    """Their tables: in SQL, as a whole string, or where a string reads like SQL."""
    names = "|".join(sorted(model._meta.db_table for model in models_above(app)))
    in_sql = re.compile(rf"\b(?:{names})\b")
    elsewhere = re.compile(
        rf"""(?:["']|(?i:\b(?:from|join|into|update|table|on)\s+(?:public\.)?))({names})\b(?=["'\s(,;])"""
    )
    for path, text in files(app):
        if path.suffix == ".sql":
            used = in_sql.findall(SQL_COMMENT.sub("", text))
        else:
            used = elsewhere.findall(text)
        yield from (f"{path}: {name}" for name in used)


def definitions(app):
    """Their constraints, indexes, functions and views."""
    names = {
        definition.name
        for model in models_above(app)
        for definition in model._meta.constraints + model._meta.indexes
    }
    for label in ORDER[ORDER.index(app) + 1 :]:
        for path in (BASE / label / "sql").glob("*.sql"):
            names |= set(DEFINED.findall(path.read_text()))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    for path, text in files(app):
        yield from (f"{path}: {name}" for name in pattern.findall(text))


@pytest.mark.parametrize("app", ["core", "exchange"])
@pytest.mark.parametrize("names", [labels, models, tables, definitions])
def test_a_lower_app_names_nothing_of_a_higher_one(app, names):
    assert list(names(app)) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (labels, {"exchange", "academics", "finance"}),
        (models, {"SchoolClass", "Invoice"}),
        (tables, {"classes", "payments"}),
        (definitions, {"check_attendance_rate", "app.taught_classes"}),
    ],
)
def test_the_names_are_found_where_they_stand(names, expected, monkeypatch):
    """What the test above looks for, it finds in the apps that have it."""
    lines = {
        "a.py": 'from exchange import x\nimport academics\nSchoolClass\nname = Invoice\n"payments"',
        "a.sql": "-- finance\nselect from classes join app.taught_classes; check_attendance_rate",
    }
    sources = [(Path(name), text) for name, text in lines.items()]
    monkeypatch.setattr(sys.modules[__name__], "files", lambda app: sources)
    assert {line.rpartition(" ")[2] for line in names("core")} == expected
