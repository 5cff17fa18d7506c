"""The app's tables in a school's file."""

from django.utils.translation import gettext_lazy as _

from exchange.school_file import archive, tables

tables.register(
    "finance",
    left_out_tables={
        "online_accounts": _("The keys for online payment, which belong to this server's address."),
    },
)
archive.register(finance="0005")
