"""Papers of the school as PDF: what all of them show, and its logo."""

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import rls
from core.services import logo
from exchange.exports.pdf_file import FAMILIES, printable
from exchange.exports.pdf_file import typeset as typeset_plain


def frame(title: str) -> dict[str, Any]:
    """Return what every paper's template reads: school, title, page, language and fonts."""
    return {
        "school": printable(rls.current_tenant().name),
        "title": title,
        "page": _("Page %(page)s of %(pages)s"),
        "language": (get_language() or "en").partition("-")[0],
        "fonts": FAMILIES,
    }


def typeset(data: dict[str, Any], template: Path) -> bytes:
    """Return the PDF; the template finds the logo as image("/logo.png") where `logo` is true."""
    picture = logo.read(rls.current_tenant())
    images = {"logo.png": picture} if picture else {}
    return typeset_plain(data | {"logo": picture is not None}, template, tags=True, images=images)
