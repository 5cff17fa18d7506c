"""Imports as a page asks for them: uploaded, checked, applied."""

from django.core.files.uploadedfile import SimpleUploadedFile

from core.rls import tenant_context
from exchange import imports
from tests.factories.files import csv_bytes, xlsx_bytes


def upload(rows, name="list.csv"):
    """Return the rows (lists of cells, or the bytes of a file) as an uploaded file."""
    if isinstance(rows, bytes):
        return SimpleUploadedFile(name, rows)
    return SimpleUploadedFile(name, xlsx_bytes(rows) if name.endswith(".xlsx") else csv_bytes(rows))


class Office:
    """A person at a school who imports files into one table."""

    def __init__(self, school, user=None):
        self.school, self.user = school, user or school.admin

    def __enter__(self):
        self.context = tenant_context(self.school.tenant, self.user)
        self.context.__enter__()
        return self

    def __exit__(self, *raised):
        return self.context.__exit__(*raised)

    def checked(self, target, rows, name="list.csv", **options):
        """Stage and check a file; return the batch."""
        batch = imports.stage(upload(rows, name), target, self.user, **options)
        return imports.check(batch)

    def applied(self, target, rows, **options):
        """Stage, check and apply a file; return the batch."""
        batch = self.checked(target, rows, **options)
        assert problems(batch) == []
        return imports.apply(batch, self.user)

    def undo(self, batch):
        return imports.undo(batch, self.user)


def counts(batch):
    """Return (created, changed, unchanged, rejected)."""
    return (
        batch.created_count,
        batch.changed_count,
        batch.unchanged_count,
        batch.rejected_count,
    )


def problems(batch):
    """Return [(row number, column label, sentence)]."""
    rows = batch.rows.filter(outcome="rejected").order_by("row_number")
    return [(row.row_number, *problem) for row in rows for problem in row.problems]
