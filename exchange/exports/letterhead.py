"""Papers of the school as PDF: what all of them show, with its logo and signature."""

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import offices, rls
from core.services import school_pictures
from core.services.school_pictures import LOGO, SIGNATURE
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


def typeset(
    data: dict[str, Any],
    template: Path,
    *,
    signed: bool = False,
    images: dict[str, bytes] | None = None,
) -> bytes:
    """Return the PDF; the template finds image("/logo.png") where `logo` is true.

    A paper that is to be `signed`, by the office alone, finds image("/signature.png") in the same
    way. `images`, {name: bytes}, stand beside them.
    """
    signs = signed and rls.current().role in offices.PEOPLE_OFFICE
    keys = (LOGO, SIGNATURE) if signs else (LOGO,)
    pngs = {key: school_pictures.read(rls.current_tenant(), key) for key in keys}
    own = {f"{key}.png": png for key, png in pngs.items() if png is not None}
    shown = {key: png is not None for key, png in pngs.items()}
    return typeset_plain(data | shown, template, tags=True, images={**(images or {}), **own})


def signer() -> str:
    """Return who signs for the school: the principal by name, or the school."""
    name = (rls.current_tenant().settings or {}).get("principal")
    if not isinstance(name, str) or not name:
        return _("School")
    return _("%(name)s, principal") % {"name": printable(name)}
