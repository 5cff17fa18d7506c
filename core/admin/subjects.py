"""The subjects of the school's settings, for the page that lists them (core.admin.settings_pages).

Each app declares its own, with the page on which it is set and the lists that belong to it, so
that everything is found in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    Text = str | StrPromise


@dataclass(frozen=True)
class Subject:
    """A subject: its page, what is set there, and further pages that have to do with it.

    `place` orders the subjects; `page` and the pages of `lists` are names of the admin's.
    """

    place: int
    page: str
    title: Text
    about: Text
    icon: str
    lists: Sequence[tuple[Text, str]] = ()

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}")

    def links(self) -> list[tuple[Text, str]]:
        """Return [(title, address)] of the further pages."""
        return [(title, reverse(f"admin:{name}")) for title, name in self.lists]


_subjects: dict[str, Subject] = {}


def register(*subjects: Subject) -> None:
    """Add subjects to the school's settings."""
    _subjects.update({subject.page: subject for subject in subjects})


def link(page: str, title: Text, name: str) -> None:
    """Add a further page to a subject of a lower app."""
    subject = _subjects[page]
    _subjects[page] = replace(subject, lists=(*subject.lists, (title, name)))


def every() -> list[Subject]:
    """Return all subjects in their order."""
    return sorted(_subjects.values(), key=lambda subject: subject.place)


def of(page: str) -> Subject:
    """Return the subject that is set on a page."""
    return _subjects[page]
