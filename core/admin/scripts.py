"""Scripts of the admin's pages: those that a page uses, and no others."""

from collections.abc import Iterable
from typing import Any

from django.forms import Media

# Django has them on every page; they write slugs, of which the school has none.
SLUGS = ("admin/js/urlify.js", "admin/js/prepopulate.js", "xregexp")
# What only boxes that search and windows beside a form need: a list has these in its filters.
JQUERY = ("admin/js/vendor/jquery/", "admin/js/jquery.init.js", "admin/js/admin/RelatedObject")


def without_slugs(media: Media) -> Media:
    """Return the media without the scripts for slugs."""
    return _without(media, SLUGS)


def of_list(media: Media) -> Media:
    """Return the media of a list, with jQuery only where a filter searches."""
    if any("select2" in str(path) for path in _scripts(media)):
        return media
    return _without(media, JQUERY)


def _without(media: Media, parts: Iterable[str]) -> Media:
    kept = [path for path in _scripts(media) if not any(part in str(path) for part in parts)]
    return Media(css=media._css, js=kept)  # type: ignore[attr-defined]  # private to Django


def _scripts(media: Media) -> list[Any]:
    return list(media._js)  # type: ignore[attr-defined]  # private to Django
