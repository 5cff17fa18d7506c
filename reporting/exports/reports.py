"""Files of the catalog's reports."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reporting import catalog
from reporting.exports.builders import register_source
from reporting.exports.errors import ExportRefused


@register_source("report")
def report_source(export):
    """Return the rows of the report with the export's filters, for the person who asked."""
    try:
        report = catalog.get(export.template_id)
    except KeyError:
        raise ExportRefused(_("This version of the report no longer exists.")) from None
    if export.requested_by.role not in report.roles:
        raise ExportRefused(_("You may not run this report."))
    try:
        return report.source(export.filters or {}, sort=export.sort)
    except ValidationError as error:
        raise ExportRefused(" ".join(error.messages)) from error
