"""Where uploaded files are kept: whole, or not at all."""

import os
from contextlib import suppress

from django.core.files.base import File
from django_tenants.files.storage import TenantFileSystemStorage


class WholeFileStorage(TenantFileSystemStorage):
    """A folder for each school; what could not be written to its end (a full disk) is removed."""

    def _save(self, name: str, content: File) -> str:
        path = self.path(name)
        was_there = os.path.lexists(path)
        try:
            return super()._save(name, content)
        except BaseException:
            if not was_there:
                with suppress(OSError):
                    os.unlink(path)
            raise
