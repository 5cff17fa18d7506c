"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import DROP, register

register(
    {
        "exchange.export": {"staff": DROP},
        "exchange.importbatch": {"staff": DROP},
    },
)
