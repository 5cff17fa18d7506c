"""Photos of people: uploaded by the office, cropped to a square, kept among the school's files.

`users.photo` is the file's name there, so whoever may see the person may see the photo, and nobody
else (row-level security). Nobody writes the column but the office.
"""

import io
import uuid
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, ImageOps

from core.models import User
from core.services import pictures

FOLDER = "photos/"
MAX_MB = 8  # as a telephone takes them
SIDE = 480  # pixels of what is kept


def square(upload: UploadedFile) -> bytes:
    """Return the middle of an uploaded picture as JPEG bytes. Raises `ValidationError`.

    A little above the middle of a high one: that is where the face is.
    """
    picture = pictures.opened(upload, max_mb=MAX_MB)
    cropped = ImageOps.fit(picture, (SIDE, SIDE), centering=(0.5, 0.35))
    clean = Image.new("RGB", cropped.size, "white")
    clean.paste(cropped, mask=cropped.getchannel("A"))
    kept = io.BytesIO()
    clean.save(kept, "JPEG", quality=85, optimize=True)
    return kept.getvalue()


def keep(person: User, jpeg: bytes | None) -> None:
    """Put a photo (of `square`; None removes it) into `person.photo`, unsaved.

    The file before it goes when the transaction has committed.
    """
    before = person.photo
    person.photo = None
    if jpeg is not None:
        person.photo = default_storage.save(f"{FOLDER}{uuid.uuid4().hex}.jpg", ContentFile(jpeg))
    if before:
        # Where the storage looks depends on the school, and after the commit there is none.
        path = Path(default_storage.path(before))
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def read(name: str | None) -> bytes | None:
    """Return the photo of this name as JPEG bytes; None without one, or when it is not there."""
    if not name or not name.startswith(FOLDER):
        return None
    try:
        with default_storage.open(name) as file:
            return file.read()
    except (OSError, SuspiciousFileOperation):
        return None
