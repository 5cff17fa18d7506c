"""Uploaded pictures: what is kept is drawn anew by Pillow.

Whatever else was in the uploaded file (a script, a place, a second picture) is left behind.
"""

import warnings

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
ACCEPT = "image/png,image/jpeg,image/webp"
MAX_PIXELS = 40_000_000  # of what is uploaded: a small file may unfold to a huge picture


def opened(upload: UploadedFile, *, max_mb: int) -> Image.Image:
    """Return the picture of an uploaded file, the right way up. Raises `ValidationError`."""
    if (upload.size or 0) > max_mb * 2**20:
        raise ValidationError(_("The picture may have at most %(max)d MB.") % {"max": max_mb})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            sent = Image.open(upload, formats=FORMATS)
            if sent.width * sent.height > MAX_PIXELS:
                raise ValidationError(_("The picture has too many pixels; make it smaller."))
            return ImageOps.exif_transpose(sent).convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(_("This is not a picture in PNG, JPEG or WebP.")) from error
    except Image.DecompressionBombError as error:
        raise ValidationError(_("The picture has too many pixels; make it smaller.")) from error
