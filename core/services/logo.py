"""The school's logo: an uploaded picture, made small and safe, kept among the school's files.

tenants.settings["logo"] is its name there. Only what Pillow has drawn anew is kept: whatever else
was in the uploaded file (a script, a place, a second picture) is left behind.
"""

import io
import uuid
import warnings
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.models import Tenant

KEY = "logo"
FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 2 * 1024 * 1024
MAX_SIDE = 600  # pixels of what is kept
MAX_PIXELS = 40_000_000  # of what is uploaded: a small file may unfold to a huge picture


def shrink(upload: UploadedFile) -> bytes:
    """Return the picture of an uploaded file as PNG bytes. Raises `ValidationError`."""
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(_("The picture may have at most 2 MB."))
    refused = ValidationError(_("This is not a picture in PNG, JPEG or WebP."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            sent = Image.open(upload, formats=FORMATS)
            if sent.width * sent.height > MAX_PIXELS:
                raise ValidationError(_("The picture has too many pixels; make it smaller."))
            picture = ImageOps.exif_transpose(sent).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise refused from error
    except Image.DecompressionBombError as error:
        raise ValidationError(_("The picture has too many pixels; make it smaller.")) from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    kept = io.BytesIO()
    # A picture of its own: nothing of the uploaded one's further data goes along.
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    clean.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def keep(tenant: Tenant, png: bytes | None) -> None:
    """Put a picture (of `shrink`; None removes the logo) into `tenant.settings`, unsaved.

    In the context of the school. The file before it goes when the transaction has committed.
    """
    before = (tenant.settings or {}).get(KEY)
    kept = {name: value for name, value in (tenant.settings or {}).items() if name != KEY}
    if png is not None:
        kept[KEY] = default_storage.save(f"logo/{uuid.uuid4().hex}.png", ContentFile(png))
    tenant.settings = kept
    if before:
        # Where the storage looks depends on the school, and after the commit there is none.
        path = Path(default_storage.path(before))
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def read(tenant: Tenant) -> bytes | None:
    """Return the logo as PNG bytes; None without one, or when its file is not there."""
    name = (tenant.settings or {}).get(KEY)
    if not name:
        return None
    try:
        with default_storage.open(name) as file:
            return file.read()
    except (OSError, SuspiciousFileOperation):
        return None
