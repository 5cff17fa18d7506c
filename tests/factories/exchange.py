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
    """Upload `rows` (lists of cells, or the bytes of a file) and return the preview's response."""
    data = rows
    if not isinstance(rows, bytes):
        data = xlsx_bytes(rows) if name.endswith(".xlsx") else csv_bytes(rows)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_import")
    return client.post(url, {"file": SimpleUploadedFile(name, data)})


def confirm(client, model, previewed):
    """Confirm what was previewed and return the response."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_import_confirm"
    return client.post(reverse(name), {"ticket": previewed.context["ticket"]})


def complaints(response):
    """Return [(row number, column label, sentence)] of a preview that was refused."""
    return [(row.number, *found) for row in response.context["wrong"] for found in row.sentences()]


def refusal(response):
    """Return the sentences at the file field, when the file as a whole was refused."""
    return response.context["form"].errors.get("file", [])
