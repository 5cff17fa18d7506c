"""A school as a OneRoster 1.2 CSV bundle: what another system needs to know of its people,
classes and results. Reads under the policies of the current context, which must be an admin's.

Memory grows with people, classes and assignments (a sourcedId each), not with enrollments and
results.
"""

import csv
import io
import zipfile

from django.utils.translation import gettext_lazy as _

from core import offices, rls
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import for_people_office, register_builder
from oneroster.bundle import columns
from oneroster.bundle.planning import many_rows
from oneroster.outgoing.classes import Classes, Enrollments
from oneroster.outgoing.files import extra_columns
from oneroster.outgoing.people import People
from oneroster.outgoing.school import Courses, Orgs
from oneroster.outgoing.sessions import Sessions
from oneroster.outgoing.work import Work

KIND = "oneroster"  # of an export
TEMPLATE_ID = "oneroster_v1"  # in the list of exports
REPORTED = 1_000  # rows between two calls of on_progress


@register_builder(KIND, _("OneRoster"), may_fetch=for_people_office)
def build(export, path, progress):
    """Write the bundle of an `Export` (`exchange.exports.kinds`)."""
    with path.open("wb") as file:
        return write_bundle(file, progress)


def write_bundle(file, on_progress=None):
    """Write the current school's bundle to a binary file (a pipe will do); return the rows.

    `on_progress(rows_done)` may raise to stop. Raises `ExportRefused` outside the context of the
    people's office, where row-level security would leave a bundle with holes.
    """
    if rls.current().role not in offices.PEOPLE_OFFICE:
        raise ExportRefused("Only an admin can export the school as a OneRoster bundle.")
    tenant = rls.current_tenant()
    with many_rows(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        bundle = _Bundle(archive, on_progress or (lambda rows: None))
        for name, rows in _files(tenant):
            bundle.add(name, rows)
        bundle.add_manifest(tenant)
    return bundle.rows_done


def _files(tenant):
    """Yield (file, rows), each to be read to its end before the next: later ones rely on it."""
    orgs, sessions = Orgs(tenant), Sessions(tenant)
    courses = Courses(tenant, orgs, sessions)
    classes, people = Classes(orgs, sessions, courses), People(orgs)
    work = Work(tenant, orgs, sessions, people, classes)
    yield "orgs", orgs.rows()
    yield "classes", classes.rows()
    yield "academicSessions", sessions.rows()
    yield "courses", courses.rows()
    yield "users", people.users()
    yield "roles", people.roles()
    yield "enrollments", Enrollments(orgs, people, classes).rows()
    yield "lineItems", work.line_items()
    yield "categories", work.category_rows()
    yield "results", work.results()


class _Bundle:
    """The zip in the making; a file without rows is left out of it."""

    def __init__(self, archive, on_progress):
        self.archive = archive
        self.on_progress = on_progress
        self.rows_done = 0
        self.files = set()

    def add(self, name, rows):
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            return
        self.files.add(name)
        header = [*columns.header(name), *extra_columns(name)]
        with self._text(name) as text:
            # For programs, not for spreadsheets: what looks like a formula stays as it is.
            writer = csv.DictWriter(text, header, restval="", extrasaction="raise")
            writer.writeheader()
            writer.writerow(first)
            self._count()
            for row in rows:
                writer.writerow(row)
                self._count()

    def _count(self):
        self.rows_done += 1
        if self.rows_done % REPORTED == 0:
            self.on_progress(self.rows_done)

    def _text(self, name):
        """Open a file of the zip: UTF-8 without a mark, CRLF (RFC 4180)."""
        entry = self.archive.open(f"{name}.csv", "w")
        return io.TextIOWrapper(entry, encoding="utf-8", newline="")

    def add_manifest(self, tenant):
        names = sorted([*columns.COLUMNS, *columns.NOT_IMPORTED], key=str.lower)
        with self._text("manifest") as text:
            writer = csv.writer(text)
            writer.writerows(
                [
                    columns.COLUMNS["manifest"],
                    ("manifest.version", "1.0"),
                    ("oneroster.version", "1.2"),
                    *(
                        (f"file.{name}", "bulk" if name in self.files else "absent")
                        for name in names
                        if name != "manifest"
                    ),
                    ("source.systemName", tenant.name),
                    ("source.systemCode", tenant.subdomain),
                ]
            )
