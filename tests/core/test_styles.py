"""The names of colours: defined once (static/core/tokens.css), and all used."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from school.unfold import UNFOLD

DEFINED = re.compile(r"(?<![\w-])(--[a-z-]+):")
USED = re.compile(r"var\((--[a-z-]+[0-9]*)")
STATIC = Path(settings.STATICFILES_DIRS[0])
TOKENS = STATIC / "core" / "tokens.css"
OF_ONE_PAGE = {"--hue", "--mark"}  # one of the colours, by what a row or a button is about
BY_SCRIPT = {"--why-bottom", "--why-left", "--why-top"}  # gradebook/reasons.js
UNFOLDS = ("--color-", "--border-radius")


def names(pattern, paths):
    return {name for path in paths for name in pattern.findall(path.read_text())}


def test_every_colour_is_defined_once_and_used():
    sheets = set(STATIC.rglob("*.css"))
    used = {name for name in names(USED, sheets) if not name.startswith(UNFOLDS)}
    assert names(DEFINED, sheets - {TOKENS}) == OF_ONE_PAGE
    assert used == names(DEFINED, [TOKENS]) | OF_ONE_PAGE | BY_SCRIPT


def test_every_colour_of_unfold_is_there():
    theme = Path(finders.find("unfold/css/styles.css")).read_text()
    ours = {f"--color-{name}-{weight}" for name, of in UNFOLD["COLORS"].items() for weight in of}
    used = {name for name in names(USED, STATIC.rglob("*.css")) if name.startswith("--color-")}
    missing = {name for name in used - ours if f"{name}:" not in theme}
    assert missing == set()
