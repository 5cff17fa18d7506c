"""The OneRoster pages: whose they are, and what they say."""

import io
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import SchoolClass
from core.models import User
from core.rls import tenant_context
from exchange import imports
from exchange.models import Export, ImportBatch
from oneroster.incoming import imports as batches
from tests.oneroster.bundles import (
    bundle_of,
    enrollment,
    role,
    school_class,
    small,
    user,
)

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def url(name="oneroster", batch=None):
    return reverse(f"admin:{name}", args=[batch.pk] if batch else [])


def zipped(files):
    return SimpleUploadedFile("roster.zip", bundle_of(files).getvalue())


@pytest.fixture
def office(client, cast, sign_in):
    """The client of the admin of school A."""
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def post(office):
    """Upload a bundle on the page; returns the batch."""

    def post(files, **data):
        response = office.post(url(), {"file": zipped(files), **data})
        assert response.status_code == 302, response.context["form"].errors
        with tenant_context_of(office):
            batch = ImportBatch.objects.order_by("-created_at").first()
        assert response.url == url("oneroster_import", batch)
        return batch

    return post


def tenant_context_of(client):
    from core import hosts

    return tenant_context(hosts.find(client.defaults["HTTP_HOST"]), role="admin")


def batch_of(school):
    with tenant_context(school.tenant, school.admin):
        options = {"demographics": False, "org": None}
        batch = batches.upload(zipped(small()), school.admin, options)
        return batches.start_check(batch)


PAGES = [
    ("oneroster", "get"),
    ("oneroster_export", "post"),
    ("oneroster_import", "get"),
    ("oneroster_school", "post"),
    ("oneroster_apply", "post"),
    ("oneroster_undo", "get"),
    ("oneroster_discard", "post"),
    ("oneroster_rows", "get"),
]


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_the_pages_are_for_admins(client, cast, sign_in, name, method):
    batch = None if name in ("oneroster", "oneroster_export") else batch_of(cast.a)
    address = url(name, batch)
    assert getattr(client, method)(address, HTTP_HOST=cast.a.host).status_code == 302  # sign in
    for person in (cast.a.teacher, cast.a.outsider):
        assert getattr(sign_in(client, cast.a, person), method)(address).status_code == 403
    student = getattr(sign_in(client, cast.a, cast.a.student), method)(address)
    assert student.status_code == 302
    with tenant_context(cast.a.tenant, role="admin"):
        assert batch is None or ImportBatch.objects.get(pk=batch.pk).status == "previewed"
        assert not Export.objects.filter(kind="oneroster").exists()


@pytest.mark.parametrize(("name", "method"), PAGES[2:])
def test_another_schools_import_is_not_there(client, cast, sign_in, name, method):
    batch = batch_of(cast.b)
    sign_in(client, cast.a, cast.a.admin)
    assert getattr(client, method)(url(name, batch)).status_code == 404
    missing = reverse(f"admin:{name}", args=[uuid.uuid4()])
    assert getattr(client, method)(missing).status_code == 404


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_what_changes_something_is_posted(office, cast, name, method):
    if method == "post":
        batch = None if name == "oneroster_export" else batch_of(cast.a)
        assert office.get(url(name, batch)).status_code == 405


def test_from_upload_to_undo(office, cast, post):
    batch = post(small())
    page = office.get(url("oneroster_import", batch))
    assert page.context["page"].is_preview
    assert "This is a preview: nothing has been changed yet." in page.content.decode()
    assert "Ada Byron" in page.content.decode()
    assert office.post(url("oneroster_apply", batch)).status_code == 302
    with tenant_context(cast.a.tenant, role="admin"):
        assert SchoolClass.objects.filter(name="Algebra 1").exists()
    page = office.get(url("oneroster_import", batch)).content.decode()
    assert "The bundle was imported." in page
    start = office.get(url()).content.decode()
    assert "roster.zip" in start
    question = office.get(url("oneroster_undo", batch)).content.decode()
    assert "What 29 new rows of the bundle made is removed." in question
    assert office.post(url("oneroster_undo", batch)).status_code == 302
    with tenant_context(cast.a.tenant, role="admin"):
        assert not SchoolClass.objects.filter(name="Algebra 1").exists()
        assert ImportBatch.objects.get(pk=batch.pk).undone_by == cast.a.admin


def test_what_stands_against_undoing_is_said(office, cast, post):
    batch = post(small())
    office.post(url("oneroster_apply", batch))
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(name="Max Young").update(name="Maxi Young")
    response = office.post(url("oneroster_undo", batch))
    assert response.status_code == 409
    assert "was changed to “Maxi Young”" in response.content.decode()


def test_a_large_bundle_is_undone_in_the_background(office, cast, post, settings):
    batch = post(small())
    office.post(url("oneroster_apply", batch))
    settings.IMPORT_BACKGROUND_ROWS = 5
    for _click in range(2):
        page = office.post(url("oneroster_undo", batch), follow=True).content.decode()
        assert "The import is being undone" in page
        assert "Waiting for its turn …" in page
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(name="Max Young").update(name="Maxi Young")
        batch_now = ImportBatch.objects.get(pk=batch.pk)
        with pytest.raises(imports.UndoRefused) as refusal:
            imports.undo(batch_now, cast.a.admin)
        ImportBatch.objects.filter(pk=batch.pk).update(status="applied", error=refusal.value)
    page = office.get(url("oneroster_import", batch)).content.decode()
    assert "This import could not be undone. Nothing was changed." in page
    assert "was changed to “Maxi Young”" in page
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(name="Maxi Young").update(name="Max Young")
    office.post(url("oneroster_undo", batch))
    with tenant_context(cast.a.tenant, cast.a.admin):
        batch_now = ImportBatch.objects.get(pk=batch.pk)
        assert (batch_now.status, batch_now.error) == ("undoing", None)
        assert imports.undo(batch_now, cast.a.admin).status == "undone"
        assert not SchoolClass.objects.filter(name="Algebra 1").exists()


def test_nothing_is_applied_twice(office, cast, post):
    batch = post(small())
    office.post(url("oneroster_apply", batch))
    response = office.post(url("oneroster_apply", batch), follow=True)
    assert "This import is not waiting to be applied." in response.content.decode()


def test_discarded(office, cast, post):
    batch = post(small())
    response = office.post(url("oneroster_discard", batch), follow=True)
    assert "“roster.zip” was discarded. Nothing was changed." in response.content.decode()
    with tenant_context(cast.a.tenant, role="admin"):
        assert not ImportBatch.objects.filter(pk=batch.pk).exists()
        assert not batches.kept_upload(batch).path.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("roster.zip", b"hello", "roster.zip is not a zip file, or is damaged"),
        ("users.csv", b"sourcedId\r\n", "users.csv is not a zip file, or is damaged"),
        ("roster.zip", b"", "roster.zip is not a zip file, or is damaged"),
    ],
)
def test_a_sentence_for_what_is_no_bundle(office, cast, name, content, sentence):
    response = office.post(url(), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 400
    assert response.context["form"].errors["file"][0].startswith(sentence)


def test_a_sentence_for_other_zips_bombs_and_versions(office, cast, monkeypatch):
    from oneroster.bundle import reading as bundle

    def refusal(files, name="roster.zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for entry, text in files.items():
                archive.writestr(entry, text)
        upload = SimpleUploadedFile(name, file.getvalue())
        return office.post(url(), {"file": upload}).context["form"].errors["file"][0]

    assert refusal({"letter.txt": "Dear"}).startswith("roster.zip holds no OneRoster file")
    manifest = "propertyName,value\r\noneroster.version,3.0\r\n"
    assert refusal({"manifest.csv": manifest, "users.csv": "sourcedId\r\n"}) == (
        "roster.zip says that it is OneRoster 3.0; versions 1.1 and 1.2 are read."
    )
    monkeypatch.setattr(bundle, "MAX_FILE_BYTES", 1024)
    assert "users.csv is larger than" in refusal({"users.csv": "x" * 2000})
    assert office.post(url(), {}).context["form"].errors["file"] == ["Choose a file first."]
    with tenant_context(cast.a.tenant, role="admin"):
        assert not ImportBatch.objects.filter(filename="roster.zip").exists()


def district():
    files = small()
    files["orgs"].append({"sourcedId": "s2", "name": "Middle School", "type": "school"})
    files["classes"].append(school_class("m1", "Art", schoolSourcedId="s2"))
    return files


def test_of_several_schools_one_is_chosen(office, cast, post):
    batch = post(district())
    page = office.get(url("oneroster_import", batch)).content.decode()
    assert "Which school of the bundle is this one?" in page
    wrong = office.post(url("oneroster_school", batch), {"org": "d1"}, follow=True)
    assert "Choose one of the schools." in wrong.content.decode()
    office.post(url("oneroster_school", batch), {"org": "s2"})
    office.post(url("oneroster_apply", batch))
    with tenant_context(cast.a.tenant, role="admin"):
        assert SchoolClass.objects.filter(name="Art").exists()
        assert not SchoolClass.objects.filter(name="Algebra 1").exists()
    again = post(district())  # remembered
    assert again.options["org"] == "s2"
    assert again.status == "previewed"


def test_rows_by_file_and_outcome(office, cast, post):
    files = small()
    files["enrollments"].append(enrollment("e-9", "c1", "ghost"))
    files["users"].append(user("u-g", "Gail", "Helper"))
    files["roles"].append(role("u-g", "aide"))
    batch = post(files)

    def rows(query=""):
        page = office.get(url("oneroster_import", batch) + query).context["page"]
        return page.tab, [(line.file, line.number, line.what) for line in page.rows["lines"]]

    assert rows() == ("rejected", [("enrollments", 8, "e-9")])
    assert rows("?file=users")[0] == "created"
    assert rows("?file=users&outcome=skipped") == ("skipped", [("users", 7, "u-g")])
    tab, lines = rows("?file=enrollments&outcome=created")
    assert lines[2:] == [
        ("enrollments", 4, "Enrollment"),
        ("enrollments", 5, "Enrollment"),
        ("enrollments", 6, "Enrollment"),
        ("enrollments", 7, "Enrollment"),
    ]
    page = office.get(url("oneroster_import", batch) + "?file=enrollments&outcome=created")
    assert "Max Young" in page.content.decode()  # a new person, by name


def test_everything_as_a_file(office, cast, post):
    files = small()
    files["enrollments"].append(enrollment("=cmd()", "c1", "ghost"))
    batch = post(files)
    response = office.get(url("oneroster_rows", batch))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "outcome,file,line,row,column,what"
    assert (
        "Rejected,enrollments.csv,8,'=cmd(),userSourcedId,the person “ghost” is not in users.csv"
    ) in lines
    assert any(line.startswith("New,users.csv,2,Person Ada Byron,,") for line in lines)
    assert "no-store" in response["Cache-Control"]


def test_queries_do_not_grow_with_rows(office, cast, post):
    few = post(small())
    files = small()
    for i in range(20):
        files["users"].append(user(f"x{i}", "Extra", str(i), email=f"x{i}@school.example"))
        files["roles"].append(role(f"x{i}", "student"))
        files["enrollments"].append(enrollment(f"z{i}", "c1", f"x{i}"))
    many = post(files)
    office.get(url())  # what is looked up once a process
    counts = []
    for batch in (few, many):
        with CaptureQueriesContext(connection) as queries:
            office.get(url("oneroster_import", batch) + "?file=enrollments")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_large_bundle_shows_how_far_it_is(office, cast, post, settings):
    settings.IMPORT_BACKGROUND_ROWS = 5
    batch = post(small())
    page = office.get(url("oneroster_import", batch)).content.decode()
    assert "The file is being checked" in page
    progress = office.get(reverse("admin:exchange_importbatch_progress", args=[batch.pk]))
    assert progress.json()["working"] is True
    assert office.get(url("oneroster_rows", batch)).status_code == 404


def test_the_history_of_imports_leads_here(office, cast, post):
    batch = post(small())
    address = reverse("admin:exchange_importbatch_change", args=[batch.pk])
    assert office.get(address).url == url("oneroster_import", batch)


def test_a_small_school_gets_its_bundle_at_once(office, cast):
    response = office.post(url("oneroster_export"))
    content = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "enrollments.csv" in archive.namelist()
    with tenant_context(cast.a.tenant, role="admin"):
        export = Export.objects.get(kind="oneroster")
        assert (export.status, export.requested_by) == ("ready", cast.a.admin)
        assert export.row_count > 5


def test_a_large_school_gets_it_later(office, cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 1
    response = office.post(url("oneroster_export"), follow=True)
    assert "is made in the background" in response.content.decode()
    with tenant_context(cast.a.tenant, role="admin"):
        assert Export.objects.get(kind="oneroster").status == "queued"
