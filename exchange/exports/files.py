"""Where exported files wait to be fetched: one directory a school."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from exchange.models import Export

PART = ".part"


def directory(tenant_id: uuid.UUID | None) -> Path:
    """Return (and make) the directory of a school's exports, closed to other accounts."""
    path = Path(settings.EXPORT_ROOT) / str(tenant_id)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export: Export) -> Path:
    """Return the path of an export's file; it may be gone."""
    suffix = Path(export.filename).suffix
    return Path(settings.EXPORT_ROOT) / str(export.tenant_id) / f"{export.pk}{suffix}"


def part_of(export: Export) -> Path:
    """Return where the file grows until it is whole; the directory is made."""
    return directory(export.tenant_id) / f"{export.pk}{PART}"


def settle(export: Export) -> None:
    """Give the whole file its name: from now on it is there, or it never was."""
    part = part_of(export)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path_of(export))


def remove(export: Export) -> None:
    """Remove the file of an export, and what an unfinished attempt has left."""
    path = path_of(export)
    path.unlink(missing_ok=True)
    (path.parent / f"{export.pk}{PART}").unlink(missing_ok=True)


def stored() -> Iterator[tuple[uuid.UUID, uuid.UUID, Path]]:
    """Yield (school's id, export's id, path) of every file that is an export's by its name."""
    for path in Path(settings.EXPORT_ROOT).glob("*/*"):
        try:
            yield uuid.UUID(path.parent.name), uuid.UUID(path.stem), path
        except ValueError:
            continue
