"""Jobs of the classes: closing what is due, and tidying up the uploaded files."""

from academics.services import applications, applying, assignments, files
from core import jobs

__all__ = ["applying"]  # for the kinds of mail that it declares


@jobs.periodic("7 * * * *")
def close_due_assignments():
    """Close the assignments that close by themselves, in every school by its own date."""
    assignments.close_due()


@jobs.periodic("37 3 * * *")
def remove_orphaned_files():
    """Remove uploaded files that belong to nothing any more."""
    files.remove_orphans()


@jobs.periodic("47 3 * * *")
def forget_old_applications():
    """Delete applications that came to nothing and had their time, with their papers."""
    applications.forget_old()
