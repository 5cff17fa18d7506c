"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy

from core import constraints

constraints.register(
    {
        "idx_sourced_records_sourced_id": (
            "sourced_id",
            gettext_lazy("This sourcedId is already known."),
        ),
    },
)
