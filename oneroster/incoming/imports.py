"""A bundle that somebody uploads: previewed, applied and undone as an import batch.

`batch.options`: "org" (sourcedId or None), "demographics" (bool); after the preview "counts"
{file: {outcome: rows}}, "rows" {file: rows}, "skipped" [[file, line, sourcedId, column, reason]],
"plan" (a digest of what each row would do), "is_new_preview", and "began_at" when applied.
"""

import hashlib
import json
from typing import NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from exchange import imports
from exchange.imports import jobs
from exchange.imports.progress import progress_of, share_of
from exchange.imports.record import forget
from exchange.imports.service import is_large, kept_upload
from exchange.imports.undoing import note
from exchange.imports.uploads import UploadRefused
from exchange.models import ImportBatch
from oneroster.bundle import columns
from oneroster.bundle import reading as bundles
from oneroster.bundle.errors import BundleError
from oneroster.bundle.planning import many_rows
from oneroster.incoming import report as reports
from oneroster.incoming import service, undoing
from oneroster.incoming.writes import BATCH, ORDER
from oneroster.models import SourcedRecord

TARGET = "oneroster"
MOST_SKIPPED = 2_000  # rows that are named; all are counted
RECORDS = SourcedRecord._meta.db_table
# Key in `after` of a changed record that is not listed: another row shows the same line.
IS_REPORTED = "is_told"
Status = ImportBatch.Status
INSERT = """
    insert into import_rows (tenant_id, batch_id, file, row_number, table_name, resource_id,
                             outcome, before, after, problems)
    select n.tenant_id, n.batch_id, n.file, n.row_number, n.table_name, n.resource_id,
           n.outcome, n.before, {after}, n.problems
      from json_populate_recordset(null::import_rows, %s) n {join}"""


class Handler:
    """The OneRoster target of `exchange.imports`."""

    def check(self, batch):
        """Plan every row, and keep the preview only."""
        session = self._perform(batch, keep=lambda session: False)
        if session is not None:
            self._summarize(batch, session, applied=False)
            batch.status = Status.PREVIEWED
            batch.options["is_new_preview"] = False
            batch.save()

    def apply(self, batch, by):
        """Apply the preview; if the outcome would differ by now, preview again."""
        seen = batch.options.get("plan")
        session = self._perform(batch, keep=lambda session: session.planned.digest == seen)
        if session is None:
            return
        self._summarize(batch, session, applied=session.report.kept)
        if session.report.kept:
            batch.status, batch.applied_at = Status.APPLIED, _now()
            batch.options["began_at"] = session.began_at.isoformat()
        else:
            batch.status, batch.options["is_new_preview"] = Status.PREVIEWED, True
        batch.save()

    def undo(self, batch, by):
        with share_of(batch) as on_progress:
            undoing.undo(batch, on_progress)
        note(batch, by)

    def _perform(self, batch, keep):
        """Return the `Session`; None when the bundle as a whole is refused."""
        batch.error, options = None, batch.options
        try:
            bundle = _read(batch)
            batch.row_count = sum(bundle.row_counts.values())
            with progress_of(batch) as progress:
                share = None if progress is None else _shares(progress, batch.row_count)
                session = service.perform(
                    bundle,
                    options.get("org"),
                    keep=lambda session: keep(_with_rows(session)),
                    on_progress=share,
                )
        except (BundleError, UploadRefused) as refusal:
            forget(batch)
            batch.status, batch.error = Status.REFUSED, str(refusal)
            batch.save()
            return None
        batch.rows_done = batch.row_count
        return session

    def _summarize(self, batch, session, *, applied):
        """Store counts, remarks and the outcome of each row in the batch."""
        report = session.report
        batch.created_count = report.total("created")
        batch.changed_count = report.total("updated") + report.total("archived")
        batch.unchanged_count = report.total("unchanged")
        batch.rejected_count = report.rejected
        batch.remarks = [*report.remarks, *reports.grouped(report.of_level(reports.NOTE))]
        skipped = report.of_level(reports.SKIPPED)[:MOST_SKIPPED]
        batch.options |= {
            "school": report.org,
            "rows": report.rows,
            "counts": {file: dict(counts) for file, counts in report.counts.items()},
            "skipped": [[i.file, i.line, i.sourced_id, i.column, i.reason] for i in skipped],
            "plan": session.planned.digest,
        }
        with many_rows():
            _record(batch, session.planned.rows, applied)


def upload(file, by, options):
    """Keep an uploaded zip and return its `ImportBatch`, with the number of its rows.

    Raises `UploadRefused` with the sentence for what is no bundle.
    """
    batch = imports.stage(file, TARGET, by, options=options)
    try:
        batch.row_count = bundles.count_rows(kept_upload(batch).path, batch.filename)
    except BundleError as error:
        imports.discard(batch)
        raise UploadRefused(str(error)) from None
    batch.save()
    return batch


def glance(batch):
    """Return the `Bundle` with the files that say which schools it holds, and no others."""
    path = kept_upload(batch).verified(batch.digest)
    return bundles.read(path, batch.filename, only=("manifest", "orgs", "classes"))


def start_check(batch):
    """Preview at once, or in the background; the batch's status says which."""
    batch.status, batch.rows_done = Status.CHECKING, 0
    batch.save()
    if is_large(batch):
        jobs.queue_check(batch)
        return batch
    return imports.check(batch)


def start_apply(batch, by):
    """Apply at once, or in the background. Rejected rows are left out, the others go in."""
    batch.status, batch.rows_done = Status.RUNNING, 0
    batch.save()
    if is_large(batch):
        jobs.queue_apply(batch, by)
        return batch
    return imports.apply(batch, by)


def _read(batch):
    path = kept_upload(batch).verified(batch.digest)
    wanted = ["demographics"] if batch.options.get("demographics") else []
    return bundles.read(path, batch.filename, wanted)


def _shares(progress, rows):
    return lambda share: progress(int(rows * share))


def _now():
    """Return the database's current time, by the clock that stamped the records."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]


# --- the outcome of each row ---


class PlannedRows(NamedTuple):
    """The import_rows of a session, and a digest of their effect."""

    rows: list
    digest: str


def _with_rows(session):
    rows = list(_rows(session))
    session.planned = PlannedRows(rows, _digest(rows))
    return session


def _rows(session):
    """Yield the columns of each import_rows row, without tenant and batch."""
    reported = set()
    for change in session.writes.changes():
        reported.add((change.cause.file, change.cause.line))
        yield _row(
            change.cause,
            type(change.obj)._meta.db_table,
            change.obj.pk,
            change.outcome,
            change.before,
            change.after,
        )
    records = session.records
    for key, record in records.created.items():
        cause = records.causes[key]
        if (cause.file, cause.line) not in reported and key not in records.known_here:
            after = {"sourced_id": record.sourced_id} | record.data["row"]
            yield _row(cause, RECORDS, record.id, "created", None, after)
    for key, record in records.updated.items():
        cause, before = records.causes[key], records.before[key]
        after = {"resource_id": record.resource_id, "data": record.data}
        if (cause.file, cause.line) in reported:
            after[IS_REPORTED] = True
        yield _row(cause, RECORDS, record.id, "changed", before, after)
    for issue in session.report.of_level(reports.REJECTED):
        yield {
            "file": issue.file,
            "row_number": issue.line,
            "table_name": "",
            "resource_id": None,
            "outcome": "rejected",
            "before": None,
            "after": {"sourced_id": issue.sourced_id},
            "problems": [[issue.column, issue.reason]],
        }


def _row(cause, table, pk, outcome, before, after):
    return {
        "file": cause.file,
        "row_number": cause.line,
        "table_name": table,
        "resource_id": pk,
        "outcome": outcome,
        "before": before,
        "after": after,
        "problems": None,
    }


def _digest(rows):
    """Return a digest of the rows' effect, without ids of new rows: they differ each time."""
    digest = hashlib.sha256()
    for row in rows:
        after = row["after"] or {}
        if row["outcome"] == "created":
            after = {name: value for name, value in after.items() if not name.endswith("_id")}
        identity = [row[name] for name in ("file", "row_number", "table_name", "outcome", "before")]
        if row["outcome"] == "changed":
            after = sorted(after)
        digest.update(json.dumps([*identity, after], cls=DjangoJSONEncoder, default=str).encode())
    return digest.hexdigest()


def _record(batch, rows, applied):
    """Replace the batch's rows; when applied, with the values that the tables now hold."""
    forget(batch)
    common = {"tenant_id": batch.tenant_id, "batch_id": batch.pk}
    for model in [*ORDER, SourcedRecord, None]:
        table = model._meta.db_table if model else ""
        mine = [common | row for row in rows if row["table_name"] == table]
        sql = INSERT.format(after="n.after", join="")
        if applied and model in ORDER:
            name = connection.ops.quote_name(table)
            sql = INSERT.format(
                after="case when n.after is not null then (select jsonb_object_agg(k,"
                " to_jsonb(t) -> k) from jsonb_object_keys(n.after) k) end",
                join=f"left join {name} t on t.tenant_id = n.tenant_id and t.id = n.resource_id",
            )
        with connection.cursor() as cursor:
            for start in range(0, len(mine), BATCH):
                part = mine[start : start + BATCH]
                cursor.execute(sql, [json.dumps(part, cls=DjangoJSONEncoder)])


def files_in_order(counts):
    """Return the files of a batch's counts in the order of the standard."""
    return [file for file in columns.COLUMNS if file in counts]


imports.register_target(TARGET, Handler())
