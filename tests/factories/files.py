"""Files as people make them, and a browser that is signed in to upload and fetch them."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from core.rls import tenant_context


def signed_in(school, user):
    """Return a test client at the school's host, signed in as `user`."""
    client = Client(headers={"host": school.host})
    with tenant_context(school.tenant, user):
        client.force_login(user, backend="core.auth.TenantBackend")
    return client


def csv_bytes(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read_csv(data):
    """Return the rows of an exported CSV file, whose byte order mark must be there."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data):
    """Return the rows of the only sheet of an exported XLSX file, as typed values."""
    (sheet,) = load_workbook(io.BytesIO(data)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def body(response):
    return b"".join(response.streaming_content)


def preview(client, model, rows, name="list.csv"):
    """Upload `rows` (lists of cells, or the bytes of a file) and return the page that follows.

    That is the preview, the page that asks what the columns mean, or the refusal of the file.
    """
    data = rows
    if not isinstance(rows, bytes):
        data = xlsx_bytes(rows) if name.endswith(".xlsx") else csv_bytes(rows)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_import")
    return client.post(url, {"file": SimpleUploadedFile(name, data)}, follow=True)


def batch_of(response):
    """Return the batch that a page of an import is about."""
    return response.context["original"]


def confirm(client, model, previewed):
    """Apply what was previewed and return the page that follows."""
    url = reverse("admin:exchange_importbatch_apply", args=[batch_of(previewed).pk])
    return client.post(url, follow=True)


def totals(response):
    """Return {"new", "changed", "unchanged"} of a preview: how many rows."""
    batch = batch_of(response)
    return {
        "new": batch.created_count,
        "changed": batch.changed_count,
        "unchanged": batch.unchanged_count,
    }


def complaints(response):
    """Return [(row number, column label, sentence)] of the rejected rows of a preview."""
    page = response.context["page"]
    lines = page.rows.lines if page.outcome == "rejected" else []
    return [(line.number, *problem) for line in lines for problem in line.problems]


def refusal(response):
    """Return the sentences at the file field, when the file as a whole was refused."""
    return response.context["form"].errors.get("file", [])
