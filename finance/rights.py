"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, register

register(
    {
        "finance.invoice": {"admin": ALL},
        "finance.payment": {"admin": ALL},
    },
)
