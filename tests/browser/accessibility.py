"""What axe-core finds in a page against WCAG 2.2, level AA, and its own best practice.

It finds what a program can (contrast, names, labels, size of targets), not whether a name says the
right thing: the journeys look for that, by asking for roles and names.
"""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Undecided by axe-core, which cannot know whether the text that describes a field is still to come.
DANGLING = "ARIA attribute element ID does not exist on the page"
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
HEIGHT = 900
SHOWN = 3  # elements a rule

# What Unfold itself writes and our templates and stylesheets cannot mend: {selector: why}.
EXCLUDED = {}

# Half-way through a change of colour, the contrast is anything.
SETTLED = """async () => {
  await document.fonts.ready;
  const passing = document.getAnimations().filter(
    animation => Number.isFinite(animation.effect.getComputedTiming().endTime));
  await Promise.allSettled(passing.map(animation => animation.finished));
}"""


def accessible(page, *, exclude=()):
    """Fail with a list of what is wrong with the page as it stands, save what `exclude` selects."""
    if violations := problems(page, exclude=exclude):
        pytest.fail("\n".join([f"Not accessible: {page.url}", *violations]), pytrace=False)


def problems(page, *, exclude=()):
    """Return what is wrong with the page as it stands: a text for each rule."""
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    context = {"exclude": [[selector] for selector in (*exclude, *EXCLUDED)]}
    options = {"runOnly": RULES, "resultTypes": ["violations", "incomplete"]}
    answer = page.evaluate("([context, options]) => axe.run(context, options)", [context, options])
    dangling = [rule for rule in answer["incomplete"] if DANGLING in _described(rule)]
    return [_described(rule) for rule in answer["violations"] + dangling]


def _described(rule):
    nodes = rule["nodes"]
    lines = [f"{rule['id']}: {rule['help']} ({len(nodes)})"]
    for node in nodes[:SHOWN]:
        lines.append(f"  {' '.join(map(str, node['target']))}")
        checks = node["any"] + node["all"] + node["none"]
        lines.extend(f"    {check['message']}" for check in checks)
    return "\n".join(lines)


def every_look(page):
    """Give the page each scheme and width in turn, without loading it anew; yield what it has."""
    for scheme, width in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)
        # The admin asks for the system's scheme when it opens; from then on, there is its switch.
        page.evaluate(
            "scheme => window.Alpine?.$data(document.documentElement).switchTheme(scheme)", scheme
        )
        yield f"{scheme}, {width} px"
