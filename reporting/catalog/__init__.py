"""The catalog of reports: their columns, roles, filters and orders.

Adding a report is one SQL view (reporting/sql/) and one entry in the module of its subject.
"""

from reporting.catalog import attendance, classes, grades, money, people, records
from reporting.catalog.report import Column, Report

__all__ = ["REPORTS", "Column", "Report", "get", "reports_for"]

REPORTS = [
    *people.REPORTS,
    *classes.REPORTS,
    *attendance.REPORTS,
    *grades.REPORTS,
    *money.REPORTS,
    *records.REPORTS,
]
_BY_ID = {report.id: report for report in REPORTS}


def get(report_id):
    """Return the report of an id ("user_roster_v1"); raises KeyError for an unknown one."""
    return _BY_ID[report_id]


def reports_for(role):
    """Return the reports that a role may run, in the catalog's order."""
    return [report for report in REPORTS if role in report.roles]
