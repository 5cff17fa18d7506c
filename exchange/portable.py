"""The tables of core and of this app in a school's file."""

from django.utils.translation import gettext_lazy as _

from exchange.school_file import archive, tables

tables.register(
    "core",
    "exchange",
    json_with_ids={
        "audit_logs": {"changes"},
        "import_batches": {"options", "remarks"},
        "import_rows": {"before", "after"},
    },
    left_out_tables={
        "credentials": _(
            "Passwords, not even scrambled. Everybody chooses one by a link sent by mail."
        ),
        "sessions": _("Who is signed in. Everybody signs in anew."),
        "sign_in_attempts": _("Failures at the sign-in page, which are kept for minutes."),
        "exports": _("Files that were made before, and the list of them."),
        "mails": _("The list of mail that was sent."),
        "saved_views": _(
            "Saved views of lists: they name rows by numbers that are others in the new school."
        ),
        "tenant_domains": _("Host names. They belong to the server; a new school gets its own."),
    },
    left_out={
        "conversations": _(
            "Other people's conversations: nobody but themselves may see them, so that only those"
            " of the person who made the file are in it."
        ),
    },
)
archive.register(core="0009")
