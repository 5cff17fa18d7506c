"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import VIEW, register

register(
    {
        "oneroster.sourcedrecord": {"people_office": VIEW},
    },
)
