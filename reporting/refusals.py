"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy

from core import constraints

constraints.register(
    {
        "idx_saved_filters_name": (
            "name",
            gettext_lazy("You already have filters of this name for this report."),
        ),
        "check_schedule_frequency": (
            "frequency",
            gettext_lazy(
                "A weekly report needs a weekday (1 to 7), a monthly one a day (1 to 31)."
            ),
        ),
        "check_schedule_format": (
            "file_format",
            gettext_lazy("The format must be csv, xlsx or pdf."),
        ),
        "idx_report_recipients_user": (
            "user",
            gettext_lazy("This person is already on the list of recipients."),
        ),
    },
)
