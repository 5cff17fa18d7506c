"""Requests as views see them: with what the middlewares have found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from core.models import Tenant, User


class SchoolRequest(HttpRequest):
    """A request to a school's host, by anybody (core.middleware)."""

    id: str
    tenant: Tenant


class PersonRequest(SchoolRequest):
    """A request of somebody who is signed in."""

    user: User
    # The prefix of the form whose row is being saved (core.admin.refusals).
    saving_prefix: str | None
