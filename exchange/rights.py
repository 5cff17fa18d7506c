"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import DROP, register

register(
    {
        "exchange.export": {"admin": DROP, "teacher": DROP},
        "exchange.importbatch": {"admin": DROP, "teacher": DROP},
    },
)
