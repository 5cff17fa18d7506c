"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy

from core import constraints

constraints.register(
    {
        "check_export_kind": ("kind", gettext_lazy("This kind of file does not exist.")),
        "check_export_status": ("status", gettext_lazy("This status does not exist.")),
        "check_export_origin": ("origin", gettext_lazy("This origin does not exist.")),
        "check_export_format": (
            "file_format",
            gettext_lazy("The format must be csv, xlsx, pdf or zip."),
        ),
        "check_import_status": ("status", gettext_lazy("This status does not exist.")),
        "import_rows_stay": (
            None,
            gettext_lazy("What an import did stays with it; delete the import as a whole."),
        ),
        "check_import_outcome": ("outcome", gettext_lazy("This outcome does not exist.")),
    },
)
