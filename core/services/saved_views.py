"""Saved views of lists: kept, renamed, shared and deleted by their owner, and which opens first.

Which view a list opens with is the reader's preference, kept beside the others of the person: a
list that nobody has chosen one for asks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from core.models import SavedView, User
from core.models.base import TenantQuerySet

DEFAULTS = "views"  # key of `users.preferences`: {list: id of the view that it opens with}


def of_list(list_name: str) -> TenantQuerySet[SavedView]:
    """Return the views of a list that whoever is asking may use, with their owners."""
    return SavedView.objects.filter(list_name=list_name).select_related("user")


def save(
    *, user: User, list_name: str, name: str, state: Mapping[str, Any], is_shared: bool = False
) -> SavedView:
    """Keep a list's state under a new name."""
    with transaction.atomic():
        return SavedView.objects.create(
            user=user,
            list_name=list_name,
            name=name,
            state=dict(state),
            is_shared=is_shared and user.is_office,
        )


def change(view: SavedView, *, name: str, is_shared: bool, state: Mapping[str, Any] | None) -> None:
    """Rename, share or no longer share one's own view; with `state`, keep that from now on."""
    view.name, view.is_shared = name, is_shared and view.user.is_office
    if state is not None:
        view.state = dict(state)
    with transaction.atomic():
        view.save(update_fields=["name", "is_shared", "state", "updated_at"])


def default_of(user: User, list_name: str) -> UUID | None:
    """Return the id of the view that the list opens with for a person, as far as it is known."""
    text = _first_views(user).get(list_name)
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _first_views(person: User) -> dict[str, Any]:
    """Return {list: id of its first view} of a person's preferences."""
    kept = person.preferences if isinstance(person.preferences, dict) else {}
    views = kept.get(DEFAULTS)
    return {**views} if isinstance(views, dict) else {}


def open_first(*, user: User, list_name: str, view: SavedView | None) -> None:
    """Have a list open with a view from now on, or with none."""
    with transaction.atomic():
        # Not the row that is there: another tab may have kept something since.
        person = User.objects.select_for_update().get(pk=user.pk)
        views = _first_views(person)
        views.pop(list_name, None)
        if view is not None:
            views[list_name] = str(view.pk)
        kept = person.preferences if isinstance(person.preferences, dict) else {}
        person.preferences = kept | {DEFAULTS: views}
        person.save(update_fields=["preferences"])
    user.preferences = person.preferences
