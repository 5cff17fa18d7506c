"""A file is handed over to those who may read its row, and looks like no page of ours."""

import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.urls import reverse

from academics.models import AttachmentFile
from academics.services import files
from academics.services.file_types import TYPES
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed_in(cast):
    """A file that the student handed in, with a name that wants quoting."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        [row] = files.add(
            assignment=cast.a.assignment,
            submission=cast.a.submission,
            uploads=[SimpleUploadedFile('Übung "3";.txt', b"words")],
            by=cast.a.student,
        )
    return row


@pytest.fixture
def given(cast):
    """A file that came with the assignment."""
    with tenant_context(cast.a.tenant, cast.a.teacher):
        upload = SimpleUploadedFile("task.txt", b"words")
        return files.add(assignment=cast.a.assignment, uploads=[upload], by=cast.a.teacher)[0]


def fetch(client, pk):
    response = client.get(reverse("attachment", args=[pk]))
    if response.streaming:
        response.content_read = b"".join(response.streaming_content)  # and closes the file
    return response


READERS = ["admin", "teacher", "student", "guardian"]
OTHERS = ["outsider", "other_student", "other_guardian"]


@pytest.mark.parametrize("who", READERS + OTHERS)
def test_who_gets_it(client, cast, sign_in, handed_in, given, who):
    sign_in(client, cast.a, getattr(cast.a, who))
    expected = 200 if who in READERS else 404
    assert [fetch(client, row.pk).status_code for row in (handed_in, given)] == [expected] * 2


def test_strangers_and_other_schools(client, cast, sign_in, handed_in):
    client.defaults["HTTP_HOST"] = cast.a.host
    assert fetch(client, handed_in.pk).status_code == 302
    sign_in(client, cast.b, cast.b.admin)
    assert fetch(client, handed_in.pk).status_code == 404
    assert fetch(client, uuid.uuid4()).status_code == 404


def test_how_it_is_handed_over(client, cast, sign_in, handed_in, django_assert_num_queries):
    sign_in(client, cast.a, cast.a.teacher)
    with django_assert_num_queries(7):
        response = client.get(reverse("attachment", args=[handed_in.pk]))
    assert b"".join(response.streaming_content) == b"words"
    headers = {name: response.headers[name] for name in (
        "Content-Type", "Content-Disposition", "X-Content-Type-Options", "Cache-Control",
        "Content-Security-Policy",
    )}  # fmt: skip
    assert headers == {
        "Content-Type": "text/plain",
        "Content-Disposition": "attachment; filename*=utf-8''%C3%9Cbung%20_3_%3B.txt",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def test_a_name_of_two_lines_is_sent_as_one(client, cast, sign_in):
    """Uploads are cleaned; a row of the database's own tools may be called anything."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = AttachmentFile.objects.create(
            assignment=cast.a.assignment, name=f"attachments/{uuid.uuid4().hex}", size=5,
            filename='../a"\r\nSet-Cookie: a=b\x07\u202e日本.txt', content_type="text/plain",
        )  # fmt: skip
        default_storage.save(row.name, ContentFile(b"words"))
    sign_in(client, cast.a, cast.a.student)
    response = fetch(client, row.pk)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''a_Set-Cookie_%20a%3Db%E6%97%A5%E6%9C%AC.txt"
    )


def test_head_and_range(client, cast, sign_in, given):
    sign_in(client, cast.a, cast.a.student)
    address = reverse("attachment", args=[given.pk])
    head = client.head(address)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "5")
    assert b"".join(head.streaming_content) == b""
    # A part is not offered; the answer is the whole file, as HTTP has it.
    part = client.get(address, headers={"range": "bytes=1-2"})
    assert (part.status_code, b"".join(part.streaming_content)) == (200, b"words")


def test_a_row_whose_file_is_gone(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = AttachmentFile.objects.create(
            assignment=cast.a.assignment, name="attachments/gone", filename="a.txt",
            content_type="text/plain", size=1,
        )  # fmt: skip
    sign_in(client, cast.a, cast.a.admin)
    assert fetch(client, row.pk).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["../../../../etc/passwd", "attachments", "attachments/../logo/a.png", "attachments/a/../b"],
)
def test_a_row_that_points_elsewhere_is_refused(cast, name):
    with tenant_context(cast.a.tenant, cast.a.admin), pytest.raises(IntegrityError):
        AttachmentFile.objects.create(
            assignment=cast.a.assignment, name=name, filename="a.txt",
            content_type="text/plain", size=1,
        )  # fmt: skip


def test_the_database_takes_the_types_that_files_are_served_as_and_no_other(cast):
    def row(kind):
        return AttachmentFile(
            assignment=cast.a.assignment, name=f"attachments/{uuid.uuid4().hex}", filename="a",
            content_type=kind, size=5,
        )  # fmt: skip

    with tenant_context(cast.a.tenant, cast.a.teacher):
        AttachmentFile.objects.bulk_create([row(kind) for kind in set(TYPES.values())])
        for kind in ("text/html", "image/svg+xml", "text/plain; charset=x", ""):
            with refused_by("check_attachment_type"):
                row(kind).save()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'check_attachment_type'"
        )
        [definition] = cursor.fetchone()
    assert set(re.findall(r"'([^']+)'", definition)) == set(TYPES.values())
