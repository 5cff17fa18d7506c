"""The school's logo and its principal's signature: uploaded pictures, made small and safe, kept
among the school's files.

tenants.settings["logo"] and ["signature"] are their names there.
"""

import io
import uuid
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image

from core.models import Tenant
from core.services import pictures

LOGO, SIGNATURE = "logo", "signature"
KEYS = (LOGO, SIGNATURE)
MAX_MB = 2
MAX_BYTES = MAX_MB * 2**20
MAX_SIDE = 600  # pixels of what is kept


def shrink(upload: UploadedFile) -> bytes:
    """Return the picture of an uploaded file as PNG bytes. Raises `ValidationError`."""
    picture = pictures.opened(upload, max_mb=MAX_MB)
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    kept = io.BytesIO()
    # A picture of its own: nothing of the uploaded one's further data goes along.
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    clean.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def keep(tenant: Tenant, key: str, png: bytes | None) -> None:
    """Put a picture (of `shrink`; None removes it) into `tenant.settings`, unsaved.

    In the context of the school. The file before it goes when the transaction has committed.
    """
    before = (tenant.settings or {}).get(key)
    kept = {name: value for name, value in (tenant.settings or {}).items() if name != key}
    if png is not None:
        kept[key] = default_storage.save(f"{key}/{uuid.uuid4().hex}.png", ContentFile(png))
    tenant.settings = kept
    if before:
        # Where the storage looks depends on the school, and after the commit there is none.
        path = Path(default_storage.path(before))
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def read(tenant: Tenant, key: str) -> bytes | None:
    """Return the picture as PNG bytes; None without one, or when its file is not there."""
    name = (tenant.settings or {}).get(key)
    if not name:
        return None
    try:
        with default_storage.open(name) as file:
            return file.read()
    except (OSError, SuspiciousFileOperation):
        return None
