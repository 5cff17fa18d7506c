"""docs/architecture.md shows the apps as they are."""

import re
from importlib.util import module_from_spec, spec_from_file_location

from django.conf import settings

DOCS = settings.BASE_DIR / "docs"


def picture():
    spec = spec_from_file_location("architecture", DOCS / "architecture.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.picture()


def test_the_picture_is_that_of_the_imports():
    shown = re.search(r"```mermaid\n(.*?)\n```", (DOCS / "architecture.md").read_text(), re.DOTALL)
    assert shown[1] == picture()


def test_every_named_file_is_there():
    text = "".join((DOCS / name).read_text() for name in ("architecture.md", "../CONTRIBUTING.md"))
    apps = "core|exchange|academics|finance|reporting|oneroster|portal|school|tests"
    named = set(re.findall(rf"`((?:{apps})/[\w/]+\.(?:py|sql))`", text))
    assert [path for path in sorted(named) if not (settings.BASE_DIR / path).exists()] == []
    assert len(named) > 20
