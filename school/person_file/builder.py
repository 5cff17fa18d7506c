"""One person's data as a zip that they can read: a page to print, tables, and their files.

Made for somebody who asks the school what it knows about them. It is built under the rights of the
admin who makes it; what even an admin may not see (others' conversations) is named in the page.
"""

import csv
import io
import uuid
import zipfile
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import Absence, ApplicationDocument, AttachmentFile, Submission
from academics.services import files as uploads
from academics.services.file_types import clean_name
from core import rls
from core.models import User
from core.services import photos
from exchange.cells import CONTROL, neutralise
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import register_builder
from school.person_file.tables import TABLES

# Rows of one table on the page; all of them are in its CSV file.
ROWS_ON_PAGE = 300
ROWS_BETWEEN_REPORTS = 500
KIND = "person"  # of an export
TEMPLATE_ID = "person_data_v1"


@dataclass(frozen=True)
class Shown:
    """One table on the page: its first rows as text, and the number of all rows."""

    name: str
    title: str
    headers: tuple[str, ...]
    rows: list
    count: int

    @property
    def more(self):
        return self.count - len(self.rows)


@register_builder(KIND, gettext_lazy("One person's data"))
def build(export, path, progress):
    """Write the zip about the person whose id is the only one in `export.selection`.

    Returns the number of rows in its tables; `progress(rows)` may raise to stop. Raises
    `ExportRefused` for anybody but an admin, and if the person does not exist.
    """
    (person_id,) = export.selection
    person = User.all_objects.filter(pk=person_id).first()
    if person is None or rls.current().role != "admin":
        raise ExportRefused(_("Only an admin of the person's school can export their data."))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        shown, files = _add_tables(archive, person, progress), _add_files(archive, person)
        context = _context(person, shown, files)
        archive.writestr("index.html", render_to_string("school/person_file/person.html", context))
        archive.writestr("README.txt", render_to_string("school/person_file/person.txt", context))
    return sum(table.count for table in shown)


# --- tables ---------------------------------------------------------------------------------------


def _add_tables(archive, person, progress):
    """Write a CSV file for each table that has rows; return all of them as `Shown`."""
    shown, done = [], 0
    for table in TABLES:
        text_rows = _rows(table, person, done, progress)
        first = next(text_rows, None)
        rows = []
        count = 0
        if first is not None:
            with archive.open(_entry(f"{table.name}.csv"), "w") as file:
                count = _write(file, table, first, text_rows, rows)
        done += count
        shown.append(Shown(table.name, table.title, table.headers, rows, count))
    progress(done)
    return shown


def _entry(name):
    """Return an entry of the zip with the present time; zipfile's default is 1980."""
    entry = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _rows(table, person, done, progress):
    for number, row in enumerate(table.rows(person), 1):
        yield [_text(value) for value in row]
        if number % ROWS_BETWEEN_REPORTS == 0:
            progress(done + number)


def _write(file, table, first, others, kept):
    """Write one CSV file; put the rows for the page into `kept`. Returns the number of rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(table.headers)
    count = 0
    for row in chain([first], others):
        writer.writerow([neutralise(value) for value in row])
        count += 1
        if count <= ROWS_ON_PAGE:
            kept.append(row)
    text.detach()
    return count


def _text(value):
    """Return a value as text; times are in the school's time zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return CONTROL.sub("", str(value))


# --- uploaded files -------------------------------------------------------------------------------


def _add_files(archive, person):
    """Copy what the person handed in, and letters about absences; return their names in the zip.

    Students write the names of attachments themselves, so only files in the person's own
    directories count: those named by the person's id, or by the id of one of their submissions.
    """
    own = {str(person.pk)}
    attached = []
    work = Submission.all_objects.filter(student=person).order_by("pk")
    for submission_id, attachments in work.values_list("pk", "attachments").iterator():
        own.add(str(submission_id))
        attached += _texts(attachments)
    names = []
    for name in dict.fromkeys(attached):
        if _is_own(name, own) and default_storage.exists(name):
            names.append(f"files/{name}")
            _copy(default_storage.open(name), archive, names[-1])
    photo = photos.read(person.photo)
    if photo is not None:
        names.append(f"files/{person.photo}")
        archive.writestr(_entry(names[-1]), photo)
    files = [
        *AttachmentFile.objects.filter(student=person).values_list("pk", "name", "filename"),
        *Absence.objects.filter(student=person)
        .exclude(stored_name=None)
        .values_list("pk", "stored_name", "filename"),
        *ApplicationDocument.objects.filter(application__student=person).values_list(
            "pk", "stored_name", "filename"
        ),
    ]
    for pk, name, filename in files:
        file = uploads.open_stored(name)
        if file is not None:
            # The id, because several files may have the same name.
            names.append(f"files/{pk}/{clean_name(filename)}")
            _copy(file, archive, names[-1])
    return names


def _copy(file, archive, name):
    """Put an open file into the zip, and close it."""
    with file as source, archive.open(_entry(name), "w") as target:
        for chunk in source.chunks():
            target.write(chunk)


def _texts(value):
    """Yield every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _is_own(name, own):
    """Return whether a relative path lies in a directory named by one of the ids `own`."""
    *directories, last = name.split("/")
    safe = last and "\\" not in name and ":" not in name and "\x00" not in name
    return bool(
        safe and not {"", ".", ".."} & {*directories, last} and own & {*map(_id, directories)}
    )


def _id(text):
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


# --- the page and the note ------------------------------------------------------------------------


def _context(person, shown, files):
    now = timezone.localtime()
    return {
        "person": person,
        "school": rls.current_tenant(),
        "made": formats.date_format(now, "DATETIME_FORMAT"),
        "zone": str(timezone.get_current_timezone()),
        "tables": [table for table in shown if table.count],
        "empty": [table.title for table in shown if not table.count and _is_visible(table, person)],
        "hidden": [table.title for table in shown if not _is_visible(table, person)],
        "files": files,
    }


def _is_visible(table, person):
    """Return whether the requesting person can see the table: some are for their owner only."""
    private = {"conversations", "saved-filters", "saved-views"}
    return table.name not in private or rls.current().user_id == str(person.pk)
