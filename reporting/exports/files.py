"""Where exported files wait to be fetched again: one directory a school, a week long."""

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings

KEPT_FOR = timedelta(days=7)


def directory(tenant):
    """Return (and make) the directory of a school's exports, closed to other accounts."""
    path = Path(settings.EXPORT_ROOT) / str(tenant.pk)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export):
    """Return the path of an export's file; it may be gone."""
    suffix = Path(export.filename).suffix
    return Path(settings.EXPORT_ROOT) / str(export.tenant_id) / f"{export.pk}{suffix}"


def forget_expired(tenant):
    """Remove the files of a school whose week is over."""
    oldest = time.time() - KEPT_FOR.total_seconds()
    for path in directory(tenant).iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
