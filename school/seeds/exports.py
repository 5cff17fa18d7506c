"""Files that the office took out: made as the page makes them, once the school is there."""

from datetime import time, timedelta

from django.utils import timezone

from core.rls import tenant_context
from exchange.exports.run import make
from exchange.models import Export
from school.seeds.builder import new_id

EXPORTS = (
    # report, name, days ago, filters
    ("user_roster_v1", "people", 30, {"role": "student"}),
    ("class_enrollment_v1", "class-enrollment", 12, {"status": "active"}),
    ("attendance_report_v1", "attendance", 5, {"status": "absent"}),
    ("payment_ledger_v1", "payments", 2, {}),
)


def build(builder):
    """Make the files as the school's admin, in the application's own role."""
    rng = builder.rng("exports")
    tenant, admin = builder.tenant, builder.account()
    request = {"user_agent": "Example data"}
    with timezone.override(tenant.timezone), tenant_context(tenant, admin, request=request):
        for template, name, days, filters in EXPORTS:
            day = builder.today - timedelta(days=days)
            at = builder.at(day, time(rng.randint(9, 16), rng.randint(0, 59)))
            _make(builder, new_id(rng), admin, template, f"{name}-{day}.xlsx", at, filters)


def _make(builder, pk, admin, template, filename, at, filters):
    export = Export(
        pk=pk,
        template_id=template,
        template_version="1",
        filename=filename,
        file_format="xlsx",
        filters=filters,
        requested_by=admin,
        created_at=at,
        started_at=at,
        noticed_at=at,
    )
    make(export)
    # The worker removes expired files; these are kept for a month.
    kept = builder.at(builder.today + timedelta(days=30), time(12))
    Export.objects.filter(pk=pk).update(finished_at=at, expires_at=kept)
