"""Files of the catalog's reports."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import pairs, register_source
from reporting import catalog

KIND = "report"  # of an export


def _report(export):
    """Return the report of an export, or None when the catalog no longer has it."""
    try:
        return catalog.get(export.template_id)
    except KeyError:
        return None


def _may_fetch(user, export):
    report = _report(export)
    return report is not None and user.role in report.roles


def _subject(export):
    report = _report(export)
    return str(report.title) if report else export.template_id


def _filters(export):
    report = _report(export)
    if report is None:
        return pairs(export)
    try:
        return report.describe(export.filters or {})
    except ValidationError:
        return pairs(export)


@register_source(
    KIND, gettext_lazy("Report"), may_fetch=_may_fetch, subject=_subject, filters=_filters
)
def report_source(export):
    """Return the rows of the report with the export's filters, for the person who asked."""
    report = _report(export)
    if report is None:
        raise ExportRefused(_("This version of the report no longer exists."))
    if export.requested_by.role not in report.roles:
        raise ExportRefused(_("You may not run this report."))
    try:
        return report.source(export.filters or {}, sort=export.sort)
    except ValidationError as error:
        raise ExportRefused(" ".join(error.messages)) from error
