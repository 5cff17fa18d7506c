"""A full disk: a sentence, and nothing half-made is left."""

import errno
import html
import io
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from academics.models import AttachmentFile
from core import unavailable
from core.rls import tenant_context
from exchange import exports
from exchange.exports import background, engine
from exchange.imports import jobs as import_jobs
from exchange.imports import service, uploads
from exchange.models import Export, ImportBatch
from tests.factories.files import csv_bytes
from tests.factories.imports import Office

pytestmark = pytest.mark.django_db
PEOPLE = [["E-mail", "Name", "Role"], ["new@a.example", "New", "student"]]
SENTENCE = str(unavailable.FULL)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    """The storage remembers where the first test of the process had its files."""
    monkeypatch.setattr(default_storage, "relative_media_root", str(tmp_path / "media"))


def no_space(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def half(file, source, *args, **kwargs):
    """Write as much as there is room for."""
    file.write(b"half")
    no_space()


class HalfFile(io.BytesIO):
    """An upload of which the disk takes the first part only."""

    name = "list.csv"
    size = 8

    def read(self, size=-1):
        if self.tell():
            no_space()
        return super().read(4)

    def chunks(self, chunk_size=None):
        yield b"half"
        no_space()


def files():
    """Return the names of all files that the schools keep."""
    roots = [Path(settings.MEDIA_ROOT), Path(settings.EXPORT_ROOT), uploads.root()]
    return [str(path) for root in roots for path in root.rglob("*") if path.is_file()]


def refused(response):
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "300"
    assert SENTENCE in html.unescape(response.content.decode())


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def kept(cast, model):
    with tenant_context(cast.a.tenant, cast.a.admin):
        return model.objects.count()


def test_a_small_export(office, cast, monkeypatch):
    before = kept(cast, Export)
    monkeypatch.setattr(engine, "write", half)
    url = reverse("admin:report_export", args=["user_roster_v1"])
    refused(office.post(url, {"format": "csv", "file_format": "csv"}))
    assert (kept(cast, Export), files()) == (before, [])


def test_an_export_in_the_background_says_so_in_its_row(cast, monkeypatch):
    monkeypatch.setattr(engine, "write", half)
    with tenant_context(cast.a.tenant, cast.a.admin):
        export = exports.request(
            kind="report",
            template_id="user_roster_v1",
            by=cast.a.admin,
            file_format="csv",
            background=True,
        )
    background.work(cast.a.tenant.pk, cast.a.admin.pk, export.pk)
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = Export.objects.get(pk=export.pk)
    assert (row.status, row.error, files()) == ("failed", SENTENCE, [])


def test_an_upload_to_import(office, cast, monkeypatch):
    before = kept(cast, ImportBatch)
    real = uploads.Upload.save
    monkeypatch.setattr(
        uploads.Upload, "save", lambda self, file: real(self, HalfFile(b"halfhalf"))
    )
    url = reverse("admin:core_user_import")
    refused(office.post(url, {"file": SimpleUploadedFile("list.csv", csv_bytes(PEOPLE))}))
    assert (kept(cast, ImportBatch), files()) == (before, [])


def test_an_import_whose_row_cannot_be_kept(office, cast, monkeypatch):
    monkeypatch.setattr(ImportBatch, "save", no_space)
    url = reverse("admin:core_user_import")
    refused(office.post(url, {"file": SimpleUploadedFile("list.csv", csv_bytes(PEOPLE))}))
    assert files() == []


@pytest.mark.parametrize("step", ["check", "apply"])
def test_an_import_in_the_background_says_so_in_its_row(cast, monkeypatch, step):
    with Office(cast.a) as office:
        batch = office.checked("core.user", PEOPLE)
        status = {"check": "checking", "apply": "running"}[step]
        options = {import_jobs.WANTED_BY: str(cast.a.admin.pk)}
        ImportBatch.objects.filter(pk=batch.pk).update(status=status, options=options)
    monkeypatch.setattr(service, step, no_space)
    getattr(import_jobs, step)(cast.a.tenant.pk, cast.a.admin.pk, batch.pk)
    with tenant_context(cast.a.tenant, cast.a.admin):
        batch = ImportBatch.objects.get(pk=batch.pk)
    assert (batch.status, batch.error) == ("failed", SENTENCE)


def test_another_fault_is_still_one(cast, monkeypatch):
    with Office(cast.a) as office:
        batch = office.checked("core.user", PEOPLE)
        ImportBatch.objects.filter(pk=batch.pk).update(status="checking")
    monkeypatch.setattr(service, "check", lambda batch: (_ for _ in ()).throw(OSError("odd")))
    with pytest.raises(OSError, match="odd"):
        import_jobs.check(cast.a.tenant.pk, cast.a.admin.pk, batch.pk)


def test_a_stored_file_is_whole_or_not_there(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(OSError, match="No space"):
            default_storage.save("attachments/x", HalfFile())
        assert files() == []
        default_storage.save("attachments/x", SimpleUploadedFile("x", b"whole"))
        with default_storage.open("attachments/x") as file:
            assert file.read() == b"whole"


def test_a_file_that_is_handed_in(client, cast, sign_in, monkeypatch):
    before = kept(cast, AttachmentFile)
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.grade.delete()
    monkeypatch.setattr(InMemoryUploadedFile, "chunks", HalfFile.chunks)
    sign_in(client, cast.a, cast.a.student)
    url = reverse("my_assignment", args=[cast.a.assignment.pk])
    answer = client.post(url, {"text": "x", "files": SimpleUploadedFile("a.txt", b"text")})
    refused(answer)
    assert (kept(cast, AttachmentFile), files()) == (before, [])


def test_a_logo(office, cast, monkeypatch):
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    url = reverse("admin:core_tenant_change", args=[cast.a.tenant.pk])
    form = office.get(url).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {"new_logo": SimpleUploadedFile("l.png", picture.getvalue()), "remove_logo": ""}
    monkeypatch.setattr("django.core.files.base.ContentFile.chunks", HalfFile.chunks)
    answer = office.post(url, {name: value for name, value in data.items() if value != ""})
    refused(answer)
    assert files() == []


def test_an_upload_that_is_too_large_for_memory(office, cast, monkeypatch, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", no_space)
    monkeypatch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", no_space)
    url = reverse("admin:core_user_import")
    refused(office.post(url, {"file": SimpleUploadedFile("list.csv", csv_bytes(PEOPLE))}))
    assert files() == []
