"""Import a OneRoster bundle into a school: read, plan, write, all or nothing.

The command is one caller; a page would be another.
"""

from django.db import DatabaseError, connection, transaction

from core import constraints, rls
from reporting.oneroster import bundle as bundles
from reporting.oneroster import classes, enrollments, people, reference, school, work
from reporting.oneroster.errors import BundleError
from reporting.oneroster.session import Session

# Two imports into one school at once would make everyone twice.
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('oneroster'), hashtext(%s))"


def import_bundle(source, *, tenant, org=None, dry_run=False, strict=False, name=None):
    """Import the zip at `source` (path or binary file) into `tenant`; return the `Report`.

    `org` is the sourcedId of the school where the bundle has several. Nothing is kept with
    `dry_run`, nor with `strict` when a row is rejected: see `report.kept`.

    Raises BundleError when nothing could be imported at all; nothing is kept then.
    """
    bundle = bundles.read(source, name)
    request = {"source": "import_oneroster", "file": bundle.name}
    try:
        with rls.tenant_context(tenant, role="admin", request=request):
            _lock(tenant)
            report = _import(bundle, tenant, org)
            report.dry_run = dry_run
            report.kept = not dry_run and not (strict and report.rejected)
            if not report.kept:
                transaction.set_rollback(True)
            return report
    except DatabaseError as error:
        refusal = constraints.explain(error)
        if refusal is None:
            raise
        raise BundleError(
            f"The database refused a row of {refusal.table or 'the bundle'}: {refusal.message}"
        ) from error


def _lock(tenant):
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK, [str(tenant.pk)])
        if not cursor.fetchone()[0]:
            raise BundleError("Another import into this school is running; wait for its end.")


def _import(bundle, tenant, org):
    session = Session(bundle, tenant, school.choose(bundle, org))
    # Each stage refers to what the stages before it found.
    reference.plan(session)
    people.plan(session)
    classes.plan(session)
    enrollments.plan(session)
    work.plan_assignments(session)
    work.plan_results(session)
    session.writes.apply(session.records)
    _remark(session)
    session.report.issues.sort(key=lambda issue: (issue.file, issue.line))
    return session.report


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
