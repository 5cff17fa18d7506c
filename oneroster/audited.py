"""The app's rows in the audit trail: kind -> model, and what its rows are called by."""

from core.audit import changes

changes.register(
    {
        "sourced_record": ("oneroster.SourcedRecord", ["sourced_id"]),
    },
)
