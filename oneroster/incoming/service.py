"""Import a OneRoster bundle into a school: read, plan, write, all or nothing.

The command calls `import_bundle`, the page (by `imports`) `perform`.
"""

from django.db import connection, transaction

from academics.models import Enrollment, Grade, SchoolClass
from core import rls
from core.constraints import RefusedByDatabase, explained
from core.models import User
from oneroster.bundle import reading as bundles
from oneroster.bundle.errors import BundleError
from oneroster.incoming import calendar, classes, enrollments, people, reference, school, work
from oneroster.incoming.session import Session

# Two concurrent imports into one school would create everyone twice.
TRY_LOCK = (
    "SELECT pg_try_advisory_xact_lock(hashtext('oneroster'), hashtext(%s)), clock_timestamp()"
)


def import_bundle(source, *, tenant, org=None, dry_run=False, strict=False, name=None, wanted=()):
    """Import the zip at `source` (path or binary file) into `tenant`; return the `Report`.

    `org` is the sourcedId of the school where the bundle has several; `wanted` are the files of
    `columns.ON_DEMAND` that are read as well. Nothing is kept with `dry_run`, nor with `strict`
    when a row is rejected: see `report.kept`.

    Raises BundleError when nothing could be imported at all; nothing is kept then.
    """
    bundle = bundles.read(source, name, wanted)
    request = {"source": "import_oneroster", "file": bundle.name}
    with rls.tenant_context(tenant, role="admin", request=request):
        rls.take_time()
        report = perform(
            bundle,
            org,
            keep=lambda session: not dry_run and not (strict and session.report.rejected),
        ).report
    report.dry_run = dry_run
    return report


def perform(bundle, org, *, keep, on_progress=None):
    """Import a `Bundle` in the current context; return the `Session`, with everything planned.

    `keep(session)` says, when all is written, whether it stays: see `session.report.kept`.
    `on_progress(share)` is called with the share that is done, from 0 to 1, and may raise to stop.

    Raises BundleError when nothing could be imported at all; nothing is kept then.
    """
    tenant = rls.current_tenant()
    try:
        with explained(), transaction.atomic():
            began_at = _lock(tenant)
            session = Session(bundle, tenant, school.choose(bundle, org))
            session.began_at = began_at
            _write(session, on_progress or (lambda share: None))
            session.report.kept = bool(keep(session))
            if not session.report.kept:
                transaction.set_rollback(True)
    except RefusedByDatabase as error:
        raise BundleError(
            f"The database refused a row of {error.refusal.table or 'the bundle'}: {error}"
        ) from error
    return session


def _lock(tenant):
    """Keep other imports out of the school; return the time from which on."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [str(tenant.pk)])
        is_alone, moment = cursor.fetchone()
    if not is_alone:
        raise BundleError("Another import into this school is running; wait for its end.")
    return moment


# Each stage needs the results of the stages before it. The number is the share of the whole import
# that is done after it; most of the rest is writing enrollments and records.
STAGES = [
    (reference.plan, 0.02),
    (calendar.plan, 0.02),
    (people.plan, 0.1),
    (people.plan_demographics, 0.1),
    (classes.plan, 0.15),
    (enrollments.plan, 0.35),
    (work.plan_assignments, 0.4),
    (work.plan_results, 0.45),
]
WRITTEN = {User: 0.5, SchoolClass: 0.55, Enrollment: 0.75, Grade: 0.8}


def _write(session, on_progress):
    for plan, share in STAGES:
        plan(session)
        on_progress(share)

    def on_table(model):
        if model in WRITTEN:
            on_progress(WRITTEN[model])

    session.writes.apply(session.records, on_table)
    _remark(session)
    session.report.issues.sort(key=lambda issue: (issue.file, issue.line))


def _remark(session):
    """Say what the bundle has that is not imported, and what it no longer has."""
    bundle, remarks = session.bundle, session.report.remarks
    if bundle.other_files:
        names = ", ".join(f"{file}.csv" for file in sorted(bundle.other_files))
        remarks.append(f"Not imported: {names}.")
    missing = sorted(bundle.announced() - bundle.files.keys() - set(bundle.other_files))
    if missing:
        names = ", ".join(f"{file}.csv" for file in missing)
        remarks.append(f"The manifest speaks of files that the bundle does not hold: {names}.")
    for file in ("users", "classes", "enrollments"):
        if file not in bundle or bundle.is_delta(file):
            continue
        absent = session.records.absent(file, {row.sourced_id for row in bundle.rows(file)})
        if absent:
            remarks.append(
                f"{file}.csv no longer has {absent} rows of earlier imports; they stay as they are."
            )
