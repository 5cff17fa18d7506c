"""The signed link to a file: for one person, in one school, until the file expires.

The link carries ids and the end of its time, no secret; who follows it must be signed in as that
person on that school's host (exchange.admin.downloads). Whether their rights last is asked then.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.core import signing
from django.urls import reverse
from django.utils import timezone

if TYPE_CHECKING:
    from core.models import User
    from exchange.models import Export

SALT = "exchange.exports.download"


@dataclass(frozen=True)
class Link:
    """What a valid link says."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    export_id: uuid.UUID


def download_url(export: Export, user: User, absolute_base: str | None = None) -> str:
    """Return the link with which `user` fetches the file of `export`, until it expires.

    `absolute_base` ("https://demo.example.org") makes it one for a mail. Raises `ValueError` for
    anybody but the person who asked for the file.
    """
    if user.pk != export.requested_by_id:
        raise ValueError("A file is for the person who asked for it.")
    # What can be fetched has both.
    tenant_id, end = cast("uuid.UUID", export.tenant_id), cast("datetime", export.expires_at)
    signed = signing.dumps(
        [tenant_id.hex, user.pk.hex, export.pk.hex, int(end.timestamp())],
        salt=SALT,
    )
    url = reverse("admin:export_download", args=[signed])
    return absolute_base.rstrip("/") + url if absolute_base else url


def read(signed: str) -> Link | None:
    """Return the `Link` of a signed text, or None when it is forged, damaged or over."""
    try:
        tenant_id, user_id, export_id, end = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        return None
    if end <= timezone.now().timestamp():
        return None
    return Link(uuid.UUID(tenant_id), uuid.UUID(user_id), uuid.UUID(export_id))
