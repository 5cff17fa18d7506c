"""Reduces the fonts to the characters that the pages use: `python -m school.fonts` writes them.

Unfold brings 4,000 icons and Inter for every script: three quarters of what a first visit loads.
Here are the icons that a template or a Python file names, and Inter in three parts of which a
browser fetches those that a page has letters of. Run it by hand after naming a new icon or after
an update of Unfold; a test says when it is due. Needs fontTools (requirements-dev.txt).
"""

import re
from pathlib import Path
from shutil import copyfile

import unfold

from school.environment import BASE_DIR

SOURCE = Path(unfold.__file__).parent
FONTS = BASE_DIR / "static/core/fonts"
ICONS = FONTS / "icons.txt"  # the names in icons.woff2, one a line
APPS = ["core", "exchange", "academics", "finance", "reporting", "oneroster", "portal", "school"]
# name -> (Unfold's file, the weights it serves)
WEIGHTS = {
    "regular": ("Inter-Regular", "400"),
    "medium": ("Inter-Medium", "500"),
    "semibold": ("Inter-SemiBold", "600 700"),
}
# The first has what an English page needs, arrows and ticks too.
PARTS = {
    "latin": "0000-00FF,0131,0152-0153,02BB-02BC,02C6,02DA,02DC,2000-206F,20AC,2122,2190-2193,"
    "2212,2215,2248,2260,2264-2265,2713,2717,FEFF,FFFD",
    "latin-ext": "0100-0130,0132-0151,0154-02BA,02BD-02C5,02C7-02D9,02DB,02DD-02FF,0300-036F,"
    "1E00-1EFF,20A0-20AB,20AD-20CF,2113,2C60-2C7F,A720-A7FF",
    "other": "0370-03FF,0400-052F,1F00-1FFF",
}
FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk", "tnum"]

# Where an icon's name stands: within its element, as an argument or key, in the sidebar, in CSS.
ELEMENT = re.compile(r"material-symbols-outlined(.{0,800}?)</", re.DOTALL)
ARGUMENT = re.compile(r"""\bicon(?:"|')?\s*[=:]\s*["']([a-z0-9_]+)["']""", re.IGNORECASE)
CONTENT = re.compile(r"""content(?:-\[|:)\\?["']([a-z0-9_]+)\\?["']""")
WORD = re.compile(r"[a-z0-9_]+")
SETTINGS = ["school/navigation.py", "school/unfold.py", "school/unfold_platform.py"]
QUOTED = re.compile(r""""([a-z0-9_]+)\"""")

# Text must not move when its font arrives: with "optional" the page keeps the fallback font, and
# the next page uses ours. Icons wait for their font ("block"): their names would be confusing.
STYLES = """/* Written by python -m school.fonts. */
@font-face {
  font-family: "Material Symbols Outlined";
  font-style: normal;
  font-weight: 400;
  font-display: block;
  src: url(icons.woff2) format("woff2");
}
"""
FACE = """@font-face {
  font-family: "Inter";
  font-style: normal;
  font-weight: %(weights)s;
  font-display: optional;
  src: url(%(name)s) format("woff2");
  unicode-range: %(ranges)s;
}
"""


def used_icons(known):
    """Return the names of icons (of those `known`) that the application's files ask for, sorted."""
    names = set()
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        for element in ELEMENT.findall(text):
            names.update(WORD.findall(_without_classes(element)))
        names.update(ARGUMENT.findall(text))
        names.update(CONTENT.findall(text))
    for name in SETTINGS:
        names.update(QUOTED.findall((BASE_DIR / name).read_text(encoding="utf-8")))
    return sorted(names & set(known))


def _without_classes(element):
    """Return what follows the tag that `element` begins in, and its x-text."""
    attributes, _, text = element.partition(">")
    return " ".join(re.findall(r'x-text="[^"]*"', attributes)) + text


def _sources():
    contrib = (SOURCE / "contrib/filters", SOURCE / "contrib/import_export")  # INSTALLED_APPS
    for root in (BASE_DIR / "templates", SOURCE / "templates", *contrib):
        yield from sorted(root.rglob("*.html"))
    for root in (SOURCE, *(BASE_DIR / app for app in APPS)):
        yield from sorted(root.rglob("*.py"))
    yield SOURCE / "static/unfold/css/styles.css"


def icon_font():
    """Return Unfold's font of icons and {name: the ligature's glyph in it}."""
    from fontTools.ttLib import TTFont

    font = TTFont(
        SOURCE / "static/unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2",
        recalcTimestamp=False,
    )
    return font, ligatures(font)


def ligatures(font):
    """Return {name: glyph} of the names that a font draws as one glyph."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    glyphs = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, entries in table.ligatures.items():
                for entry in entries:
                    name = "".join(letters[glyph] for glyph in (first, *entry.Component))
                    glyphs[name] = entry.LigGlyph
    return glyphs


def build():
    """Write the fonts and the list of icons."""
    FONTS.mkdir(exist_ok=True)
    font, glyphs = icon_font()
    names = used_icons(glyphs)
    letters = {ord(letter) for name in names for letter in name}
    # Without the closure over ligatures, which would keep all icons that these letters spell.
    _subset(
        font,
        FONTS / "icons.woff2",
        unicodes=letters,
        glyphs=[glyphs[name] for name in names],
        layout_features=["rlig"],
        layout_closure=False,
    )
    ICONS.write_text("".join(f"{name}\n" for name in names))
    styles = [STYLES]
    for weight, (file, weights) in WEIGHTS.items():
        for part, ranges in PARTS.items():
            name = f"inter-{weight}-{part}.woff2"
            _build_text_font(file, FONTS / name, ranges)
            shown = ", ".join(f"U+{part}" for part in ranges.split(","))
            styles.append(FACE % {"weights": weights, "name": name, "ranges": shown})
    (FONTS / "fonts.css").write_text("\n".join(styles))
    for family in ("inter", "material-symbols"):
        copyfile(SOURCE / f"static/unfold/fonts/{family}/LICENSE", FONTS / f"LICENSE-{family}")


def _build_text_font(file, path, ranges):
    from fontTools.ttLib import TTFont

    font = TTFont(SOURCE / f"static/unfold/fonts/inter/{file}.woff2", recalcTimestamp=False)
    _subset(font, path, unicodes=codes(ranges), layout_features=FEATURES)


def codes(ranges):
    """Return the code points of ranges as CSS writes them, without the U+."""
    points = set()
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        points.update(range(int(first, 16), int(last or first, 16) + 1))
    return points


def _subset(font, path, *, unicodes, glyphs=(), **options):
    from fontTools.subset import Options, Subsetter

    subsetter = Subsetter(Options(hinting=False, **options))
    subsetter.populate(unicodes=unicodes, glyphs=glyphs)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(path)


if __name__ == "__main__":
    build()
