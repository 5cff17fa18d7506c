"""Jobs of exports and imports, and when the periodic ones run. Their arguments are ids only."""

from core import jobs
from exchange.exports import cleanup
from exchange.exports.background import make_export
from exchange.imports import uploads
from exchange.imports.jobs import apply_import, check_import, undo_import

__all__ = ["apply_import", "check_import", "make_export", "undo_import"]


@jobs.periodic("*/10 * * * *")
def remove_expired_exports() -> None:
    """Remove the files and rows of exports whose time is over."""
    cleanup.remove_expired()
    cleanup.remove_orphans()


@jobs.periodic("23 * * * *")
def remove_old_uploads() -> None:
    """Remove uploaded files that nobody has applied for a day."""
    uploads.forget_old()
