"""Addresses of pages by their names, as Django's reverse() makes them, but kept.

Making one takes 20 to 40 us, and a page has up to fifty. An address follows from the site (schools
and the platform have their own pages), the name and what stands in it, whoever asks.
"""

from functools import lru_cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse


def address(name: str, *args: object) -> str:
    """Return the address of a page; raises NoReverseMatch where this site has none."""
    return _address(get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), name, args)


@lru_cache(maxsize=2_000)
def _address(urlconf: str, prefix: str, name: str, args: tuple[object, ...]) -> str:
    return reverse(name, urlconf, args=args)
