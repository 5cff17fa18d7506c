"""What the stages of one import share: the bundle, the school, the report and the references."""

import re
from uuid import UUID

from oneroster.bundle import columns
from oneroster.bundle.values import DateOrder, parse_date
from oneroster.incoming.records import Records, as_json
from oneroster.incoming.report import REJECTED, SKIPPED, Report
from oneroster.incoming.writes import Writes

OUR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LeftOut(Exception):
    """A row has no place here; `level` is report.REJECTED or report.SKIPPED.

    `column` is the cell's that is to blame, "" where it is the whole row.
    """

    def __init__(self, reason, level=REJECTED, column=""):
        super().__init__(reason)
        self.reason = reason
        self.level = level
        self.column = column


class Session:
    """One import of `bundle` into `tenant`, in its context; `org` is a `school.Org`."""

    def __init__(self, bundle, tenant, org):
        self.bundle = bundle
        self.tenant = tenant
        self.org = org
        self.today = tenant.today()
        self.planned = None  # for an import batch: `imports.PlannedRows`
        self.began_at = None  # since when no other import writes into the school
        self.report = Report(
            bundle=bundle.name,
            version=bundle.version,
            school=tenant.name,
            org=org.label,
            rows={f: bundle.row_counts.get(f, 0) for f in columns.COLUMNS if f in bundle},
        )
        self.calendar = None  # set by its stage
        self.records = Records()
        self.writes = Writes()
        self._order = DateOrder(bundle)
        self._objects = {}  # (entity, sourcedId) -> object here
        self._left_out = {}  # (entity, sourcedId) -> level
        for fault in bundle.faults:
            self.report.fault(*fault)
            level, entity, _, sourced_id, _ = fault
            if level == REJECTED:
                self._left_out[entity, sourced_id] = level
        for file, sentence in self._order.assumptions():
            self.report.remarks.append(f"{file}.csv: {sentence}.")
        self._write_dates_as_iso()

    def _write_dates_as_iso(self):
        """Rewrite dates as the standard has them; invalid ones are left to their stage."""
        for file, names in columns.DATES.items():
            for row in self.bundle.rows(file):
                for name in names:
                    try:
                        day = self.date(row, name)
                    except LeftOut:
                        continue
                    if day:
                        row.values[name] = day.isoformat()

    # --- what a sourcedId stands for ---

    def remember(self, entity, sourced_id, obj):
        """Remember the object here that rows of later files mean by this sourcedId."""
        self._objects[entity, sourced_id] = obj
        self._left_out.pop((entity, sourced_id), None)

    def own_ids(self, entity):
        """Return {sourcedId: UUID} of rows without a record whose sourcedId may be an id of ours.

        An export of this school uses our id for rows that did not come from another system.
        """
        records = self.records.of(entity)
        own = {}
        for row in self.bundle.rows(entity):
            if OUR_ID.fullmatch(row.sourced_id) and row.sourced_id not in records:
                own[row.sourced_id] = UUID(row.sourced_id)
        return own

    def get(self, entity, sourced_id):
        """Return the object that a sourcedId stands for, or None."""
        return self._objects.get((entity, sourced_id))

    def objects(self, entity):
        """Return everything of one entity that a sourcedId stands for."""
        return [obj for (kind, _), obj in self._objects.items() if kind == entity]

    def resolve(self, entity, row, column, noun):
        """Return the object that a row's reference means; raises LeftOut with the reason."""
        sourced_id = row[column]
        if not sourced_id:
            raise LeftOut(f"no {noun}", column=column)
        obj = self.get(entity, sourced_id)
        if obj is not None:
            return obj
        if entity == "users" and self.get("guardians", sourced_id) is not None:
            raise LeftOut(f"“{sourced_id}” is a guardian here, a contact alone", column=column)
        level = self._left_out.get((entity, sourced_id))
        if level is None:
            raise LeftOut(f"the {noun} “{sourced_id}” is not in {entity}.csv", column=column)
        raise LeftOut(f"the {noun} “{sourced_id}” was {level}", level, column)

    # --- the outcome of a row ---

    def each(self, file, handle, deleted=None):
        """Call `handle(row)` for the rows of a file; a LeftOut becomes the row's outcome.

        `deleted` chooses the rows that are (or are not) to be deleted; None: all.
        """
        for row in self.bundle.rows(file):
            if deleted is None or row.deleted == deleted:
                self.attempt(row, handle)

    def attempt(self, row, handle, *arguments):
        """Call `handle(row, ...)`; a LeftOut becomes the row's outcome."""
        try:
            handle(row, *arguments)
        except LeftOut as error:
            self.leave_out(row, error)

    def leave_out(self, row, error):
        self._left_out.setdefault((row.file, row.sourced_id), error.level)
        if error.level == SKIPPED:
            self.report.skip(row, error.reason, error.column)
        else:
            self.report.reject(row, error.reason, error.column)

    def keep(self, row, resource_id=None, values=None):
        """Record and count an imported row; return whether it changes anything."""
        outcome = self.records.put(row, resource_id, values)
        if row.deleted and outcome != "unchanged":
            outcome = "archived"
        elif outcome == "created" and self.is_own_export and not self.writes.is_new(resource_id):
            self.records.known_here.add((row.file, row.sourced_id))
            outcome = "updated" if self.writes.is_changed_by(row, resource_id) else "unchanged"
        self.report.count(row.file, outcome)
        return outcome != "unchanged"

    def known_or_left_out(self, row):
        """Return the record of a row that is to be deleted; raises LeftOut if never imported."""
        record = self.records.get(row.file, row.sourced_id)
        if record is None:
            raise LeftOut("to be deleted, and was never imported", SKIPPED)
        return record

    def previous(self, row):
        """Return what the last import set for this row, or None."""
        record = self.records.get(row.file, row.sourced_id)
        return record.data["set"] if record else None

    @property
    def is_own_export(self):
        """Whether this school wrote the bundle, so that rows with our ids exist already."""
        return self.bundle.source_code == self.tenant.subdomain

    def is_own(self, row, obj):
        """Return whether a row's sourcedId is the id of `obj`, as in this school's exports."""
        return row.sourced_id == str(obj.pk)

    def baseline(self, row, obj, **alike):
        """Return the values to compare a row with: `previous`, else those of the own export.

        An export has no status (of classes, enrollments, assignments), so importing it leaves the
        status alone. `alike` are further fields whose values here agree with the row.
        """
        if self.previous(row) is None and self.is_own(row, obj):
            return as_json({"status": "active"} | alike)
        return self.previous(row)

    # --- cells ---

    def date(self, row, column):
        """Return a cell's date or None; raises LeftOut for what is no date."""
        try:
            return parse_date(row[column], self._order.day_first(row.file))
        except ValueError as error:
            raise LeftOut(f"{column}: {error}", column=column) from None

    def cut(self, row, text, limit, what):
        """Return a text of at most `limit` characters (None when empty), noting a cut."""
        if len(text) > limit:
            self.report.note(row, f"the {what} was cut to {limit} characters")
            text = text[:limit].rstrip()
        return text or None
