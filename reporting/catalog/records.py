"""Reports about the audit trail."""

from django.utils.translation import gettext_lazy as _

from core.audit import changes
from exchange.columns import Moment
from reporting.catalog import filters
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import RECORDS


class AuditKinds:
    """The kinds of rows in the audit trail (core.audit.changes)."""

    values = list(changes.KINDS)

    @property
    def choices(self):
        return [(kind, changes.kind_name(kind)) for kind in self.values]

    @property
    def labels(self):
        return [label for _value, label in self.choices]


class AuditActions:
    """The actions on those kinds, as the audit triggers name them."""

    @property
    def choices(self):
        return [
            (f"{kind}_{verb}", f"{changes.kind_name(kind)} {done}")
            for kind in changes.KINDS
            for verb, done in changes.VERBS.items()
        ]


REPORTS = [
    Report(
        name="audit_trail",
        title=_("Audit trail"),
        description=_("Who changed what, and from what to what."),
        subject=RECORDS,
        view="view_audit_trail",
        columns=(
            Column("timestamp", _("Time"), Moment()),
            Column("user_name", _("Person"), nullable=True),
            Column("user_email", _("E-mail"), hidden=True, nullable=True),
            Column("action", _("Action"), choices=AuditActions()),
            Column("resource_type", _("Kind"), choices=AuditKinds(), hidden=True, nullable=True),
            Column("resource_id", _("Record ID"), hidden=True, nullable=True),
            Column("changes", _("Changes"), nullable=True),
            Column("ip_address", _("From address"), nullable=True),
        ),
        filters=(
            filters.DateRange(column="timestamp", label=_("Date"), moments=True),
            filters.Person(
                name="person",
                column="user_id",
                label=_("Person"),
                help_text=_("Part of the name, e-mail or phone of who did it."),
            ),
            filters.Choice(
                name="kind", column="resource_type", label=_("Kind"), choices=AuditKinds()
            ),
        ),
        roles=("admin",),
        order="-timestamp",
        sorts={"timestamp": ()},
    ),
]
