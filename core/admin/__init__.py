"""The admin of core's tables, and what the admin of every other app is built from."""

from core.admin import (
    audit_logs,
    columns_page,
    conversations,
    guardians,
    log_entries,
    mails,
    person_fields,
    privacy_page,
    settings_pages,
    tenants,
    users,
    view_pages,
)

__all__ = [
    "audit_logs",
    "columns_page",
    "conversations",
    "guardians",
    "log_entries",
    "mails",
    "person_fields",
    "privacy_page",
    "settings_pages",
    "tenants",
    "users",
    "view_pages",
]
