"""The app's tables in a school's file."""

from django.utils.translation import gettext_lazy as _

from exchange.school_file import archive, tables

tables.register(
    "academics",
    left_out_tables={
        "student_merges": _(
            "How to undo merges of two students: they name rows by numbers that are others in the"
            " new school. What they did is in the file."
        )
    },
)
archive.register(academics="0007")
