"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, register

register(
    {
        "reporting.reportschedule": {"staff": ALL},
    },
)
