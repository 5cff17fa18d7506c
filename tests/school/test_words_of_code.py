"""Names in the code say what they hold, so that a reader who is new here understands them."""

import ast

import pytest
from django.conf import settings

# Names that say nothing about their value: "found" is whatever a query returns, "one" any item.
VAGUE = {"found", "one", "ones", "told", "tell"}
PARTS = [
    "core",
    "exchange",
    "academics",
    "finance",
    "reporting",
    "oneroster",
    "portal",
    "school",
    "tests",
    "benchmarks",
    "docs",
]


def names_in(tree):
    """Yield (line, name) of the variables, parameters, definitions and imports of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.alias):
            yield node.lineno, node.asname or node.name


def vague_names(source):
    """Return [(line, name)] of the vague names in the text of a module, in order."""
    names = names_in(ast.parse(source))
    return sorted((line, name) for line, name in names if name.strip("_").lower() in VAGUE)


@pytest.mark.parametrize("part", PARTS)
def test_names_say_what_they_hold(part):
    vague = [
        f"{path.relative_to(settings.BASE_DIR)}:{line}: {name}"
        for path in sorted((settings.BASE_DIR / part).rglob("*.py"))
        for line, name in vague_names(path.read_text(encoding="utf-8"))
    ]
    assert vague == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("found = 1", ["found"]),
        ("def _tell(one, *, told): pass", ["_tell", "one", "told"]),
        ("self.found = [one for one in rows]", ["found", "one", "one"]),
        ("class Told: pass", ["Told"]),
        ("TOLD = call(ones=2)", ["TOLD", "ones"]),
        ("from notices import tell", ["tell"]),
        ("file.tell(); foundation = rows.first()", []),
    ],
)
def test_vague_names_are_noticed(source, names):
    assert sorted(name for _line, name in vague_names(source)) == sorted(names)
