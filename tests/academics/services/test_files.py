"""Uploaded files: what is taken, where it is kept, who reads it, and when it goes."""

import io
import os
import re
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from academics.models import AttachmentFile
from academics.services import files, submissions
from academics.services.file_types import FileRefused, clean_name
from core import rls
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1"


def upload(name, data=b"some words\n"):
    return SimpleUploadedFile(name, data)


def zipped(*names, **contents):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name, "x"))
    return target.getvalue()


DOCX = zipped("[Content_Types].xml", "word/document.xml")
ODT = zipped("mimetype", mimetype="application/vnd.oasis.opendocument.text")


@pytest.mark.parametrize(
    ("name", "data", "type_"),
    [
        ("a.txt", "Überschrift\n".encode(), "text/plain"),
        ("a.TXT", "sechzehn".encode("utf-16"), "text/plain"),
        ("essay.v2.pdf", PDF, "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("a.zip", zipped("notes.txt"), "application/zip"),
    ],
)
def test_taken(name, data, type_):
    assert files.check(upload(name, data)) == (name, type_)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b"<html>"),
        ("picture.svg", b"<svg/>"),
        ("game.exe", b"MZ\x90\0"),
        ("essay.pdf.exe", PDF),
        ("game.exe.pdf", PDF),
        ("noending", b"words"),
        ("essay.pdf", b"MZ\x90\0" + b"\0" * 60),
        ("essay.pdf", b"<html><script>alert(1)</script>%PDF-1.7"),
        ("picture.gif", b"GIF89a/*<script>*/=1"),
        ("picture.png", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("notes.txt", b"  <!-- x --><script>alert(1)</script>"),
        ("notes.txt", "\ufeff<!DOCTYPE html>".encode()),
        ("notes.txt", b"MZ\x90\0\3\0"),
        ("essay.docx", zipped("evil.txt")),
        ("essay.odt", DOCX),
        ("all.zip", zipped("a/setup.exe")),
        ("all.zip", b"PK\x03\x04 broken"),
        ("empty.txt", b""),
    ],
)
def test_refused_with_a_sentence(name, data):
    with pytest.raises(FileRefused, match=re.escape(name)):
        files.check(upload(name, data))


def test_51_mb_are_refused():
    big = upload("film.mp4")
    big.size = 51 * 2**20
    with pytest.raises(FileRefused, match="larger than 50 MB"):
        files.check(big)


def test_a_packed_file_that_is_broken_inside_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    data = bytearray(packed.getvalue())
    data[38:48] = b"\xff" * 10  # the packed bytes, after the name
    with pytest.raises(FileRefused, match="does not hold what its name says"):
        files.check(upload("essay.odt", bytes(data)))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\essay.pdf", "essay.pdf"),
        ("essay\u202efdp.txt", "essayfdp.txt"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("..", "file"),
        (".txt", "txt"),
        ("é" * 300 + ".pdf", "é" * 116 + ".pdf"),
    ],
)
def test_names(given, kept):
    assert clean_name(given) == kept


@pytest.fixture
def given(cast):
    """A file of the teacher's with the assignment, in the context of the teacher."""
    with tenant_context(cast.a.tenant, cast.a.teacher):
        [row] = files.add(
            assignment=cast.a.assignment, uploads=[upload("task.txt")], by=cast.a.teacher
        )
        yield row


def test_kept_in_the_schools_folder_under_a_name_of_nobody(cast, given):
    path = default_storage.path(given.name)
    assert os.path.basename(os.path.dirname(os.path.dirname(path))) == cast.a.tenant.schema_name
    assert re.fullmatch(r"attachments/[0-9a-f]{32}", given.name)
    assert (given.filename, given.size, given.student_id) == ("task.txt", 11, None)
    with files.open_file(given) as file:
        assert file.read() == b"some words\n"
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert files.open_file(given) is None


def test_goes_with_the_commit_and_not_before(given, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as later:
        files.remove([given])
    assert default_storage.exists(given.name)
    [remove] = later
    remove()
    assert not default_storage.exists(given.name)


def test_a_row_that_the_policies_keep_keeps_its_file(
    cast, given, django_capture_on_commit_callbacks
):
    with tenant_context(cast.a.tenant, cast.a.student):
        with django_capture_on_commit_callbacks() as later, pytest.raises(FileRefused):
            files.remove([given])
        later[0]()
    assert default_storage.exists(given.name)


def test_nothing_stays_of_a_refused_addition(cast, given):
    before = set(default_storage.listdir(files.FOLDER)[1])
    two = [upload("a.txt"), upload("b.txt")]
    with (
        tenant_context(cast.a.tenant, cast.a.outsider),
        refused_by("policy"),
    ):
        files.add(assignment=cast.a.assignment, uploads=two, by=cast.a.outsider)
    assert set(default_storage.listdir(files.FOLDER)[1]) == before


def test_eleven_files_are_too_many(cast, given):
    more = [upload(f"{number}.txt") for number in range(10)]
    with pytest.raises(FileRefused, match="10 files at most"):
        files.add(assignment=cast.a.assignment, uploads=more, by=cast.a.teacher)
    assert files.refusals(more, kept=1) == ["There can be 10 files at most."]


def test_orphans_of_yesterday_are_removed(cast, given):
    lost = default_storage.save(f"{files.FOLDER}{'0' * 32}", upload("x"))
    fresh = default_storage.save(f"{files.FOLDER}{'1' * 32}", upload("x"))
    day = 25 * 3600
    for name in (lost, given.name):
        path = default_storage.path(name)
        before = os.stat(path).st_mtime - day
        os.utime(path, (before, before))
    with rls.as_nobody():  # as the job does it
        assert files.remove_orphans() == 1
    kept = [default_storage.exists(name) for name in (lost, fresh, given.name)]
    assert kept == [False, True, True]


# --- raw SQL as the application's role ------------------------------------------------------------


def row_of(submission, **other):
    values = {
        "assignment_id": submission.assignment_id,
        "submission_id": submission.pk,
        "student_id": submission.student_id,
        "name": "attachments/raw",
        "filename": "a.txt",
        "content_type": "text/plain",
        "size": 5,
    } | other
    return AttachmentFile(**values)


NAME, SIZE = "check_attachment_name", "check_attachment_size"


def refused(row, rule="policy"):
    with refused_by(rule):
        AttachmentFile.objects.bulk_create([row])


def ungraded(school, **assignment):
    """Take the grade away from the student's submission, and change its assignment."""
    with tenant_context(school.tenant, school.admin):
        school.grade.delete()
        type(school.assignment).objects.filter(pk=school.assignment.pk).update(**assignment)


def test_a_student_adds_no_file_to_graded_work(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        refused(row_of(cast.a.submission))


def test_nor_to_a_closed_assignment(cast):
    ungraded(cast.a, status="closed")
    with tenant_context(cast.a.tenant, cast.a.student):
        refused(row_of(cast.a.submission))
        AttachmentFile.objects.filter(pk=cast.a.attachment_file.pk)._raw_delete("default")
        assert AttachmentFile.objects.filter(pk=cast.a.attachment_file.pk).exists()


def test_nor_to_another_students_work(cast):
    ungraded(cast.a, due_date="2026-02-09")
    with tenant_context(cast.a.tenant, cast.a.student):
        refused(row_of(cast.a.other_submission))
        refused(row_of(cast.a.submission, student_id=cast.a.other_student.pk))
        refused(row_of(cast.a.submission, submission_id=None, student_id=None))


def test_but_to_their_own_open_work(cast):
    ungraded(cast.a, status="active")
    with tenant_context(cast.a.tenant, cast.a.student):
        [row] = AttachmentFile.objects.bulk_create([row_of(cast.a.submission)])
        assert AttachmentFile.objects.get(pk=row.pk).name == "attachments/raw"


def test_a_row_is_ones_own_upload_and_of_no_other_file_of_the_school(cast):
    ungraded(cast.a, status="active")
    for person, handed_in in ((cast.a.student, {}), (cast.a.teacher, {"submission_id": None})):
        mine = handed_in | ({"student_id": None} if handed_in else {})
        with tenant_context(cast.a.tenant, person):
            refused(row_of(cast.a.submission, **mine, name="logo/1f.png"), NAME)
            refused(row_of(cast.a.submission, **mine, name="attachments/../logo/1f.png"), NAME)
            name = f"attachments/{person.role}"
            # Whoever is said to have uploaded it: the database writes who did.
            forged = row_of(cast.a.submission, **mine, name=name, uploaded_by=cast.a.admin)
            AttachmentFile.objects.bulk_create([forged])
            assert AttachmentFile.objects.get(name=name).uploaded_by == person


def test_a_size_beyond_the_limit_is_refused_by_the_database(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        refused(row_of(cast.a.submission, size=50 * 2**20 + 1), SIZE)
        refused(row_of(cast.a.submission, size=0), SIZE)


def test_handing_in_after_the_grade_changes_nothing(cast):
    with (
        tenant_context(cast.a.tenant, cast.a.student),
        pytest.raises(submissions.HandInRefused, match="already graded"),
    ):
        submissions.hand_in(
            assignment=cast.a.assignment,
            student=cast.a.student,
            text="Too late",
            day=cast.a.tenant.today(),
        )
