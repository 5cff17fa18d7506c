"""The app's tables in a school's file."""

from django.utils.translation import gettext_lazy as _

from exchange.school_file import archive, tables

tables.register(
    "reporting",
    json_with_ids={"saved_filters": {"filters"}, "report_schedules": {"filters"}},
    left_out={
        "saved_filters": _(
            "Other people's saved filters, for the same reason as their conversations."
        ),
    },
)
archive.register(reporting="0009")
