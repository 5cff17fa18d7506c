"""Exports and imports are deleted by their owner and the office: asked first, file with it."""

import pytest
from django.urls import reverse

from core.models import AuditLog
from core.rls import tenant_context
from exchange import exports
from exchange.exports import files, requests
from exchange.imports.service import kept_upload
from exchange.models import Export, ImportBatch, ImportRow
from tests.factories.imports import Office

pytestmark = pytest.mark.django_db
PEOPLE = [["E-mail", "Name", "Role"], ["new@a.example", "New", "student"]]
STUDENTS = [["Class code", "Date", "Student e-mail", "Status"]]


def made_export(school, user, report="attendance_report_v1"):
    with tenant_context(school.tenant, user):
        return exports.request(
            kind="report", template_id=report, by=user, file_format="csv", filters={}
        )


def made_import(school, user, *, apply=False):
    with Office(school, user) as office:
        if user.is_admin:
            target, rows = "core.user", PEOPLE
        else:
            day = "2026-02-02"
            rows = [*STUDENTS, [school.school_class.code, day, school.student.email, "late"]]
            target = "academics.attendance"
        if apply:
            return office.applied(target, rows)
        return office.checked(target, rows)


def page(row, name="delete"):
    return reverse(f"admin:exchange_{row._meta.model_name}_{name}", args=[row.pk])


def is_there(school, row):
    with tenant_context(school.tenant, school.admin):
        return type(row).objects.filter(pk=row.pk).exists()


def file_of(row):
    return files.path_of(row) if isinstance(row, Export) else kept_upload(row).path


@pytest.mark.parametrize("make", [made_export, made_import])
@pytest.mark.parametrize(("owner", "who"), [("teacher", "teacher"), ("teacher", "admin")])
def test_the_owner_and_the_office_delete_the_row_and_the_file(
    client, cast, sign_in, make, owner, who, django_capture_on_commit_callbacks
):
    row = make(cast.a, getattr(cast.a, owner))
    sign_in(client, cast.a, getattr(cast.a, who))
    asked = client.get(page(row))
    assert (asked.status_code, is_there(cast.a, row)) == (200, True)
    assert file_of(row).is_file()
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(page(row), {"post": "yes"})
    assert (done.status_code, done.url) == (302, page(row).split(str(row.pk))[0])
    assert (is_there(cast.a, row), file_of(row).exists()) == (False, False)
    with tenant_context(cast.a.tenant, cast.a.admin):
        kind = "export" if isinstance(row, Export) else "import_batch"
        trace = AuditLog.objects.get(resource_id=row.pk, action=f"{kind}_deleted")
    assert trace.user_id == getattr(cast.a, who).pk


@pytest.mark.parametrize("make", [made_export, made_import])
def test_nobody_else_does(client, cast, sign_in, make):
    row = make(cast.a, cast.a.teacher)
    for school, user, status in [
        (cast.a, cast.a.outsider, 404),
        (cast.b, cast.b.admin, 404),
        (cast.a, cast.a.student, 302),
    ]:
        sign_in(client, school, user)
        assert client.post(page(row), {"post": "yes"}).status_code == status
    assert (is_there(cast.a, row), file_of(row).is_file()) == (True, True)


def test_several_exports_at_once(client, cast, sign_in, django_capture_on_commit_callbacks):
    rows = [made_export(cast.a, cast.a.admin) for _ in range(2)]
    sign_in(client, cast.a, cast.a.admin)
    data = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    url = reverse("admin:exchange_export_changelist")
    assert "delete" in client.post(url, data).content.decode().lower()
    assert [is_there(cast.a, row) for row in rows] == [True, True]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, data | {"post": "yes"})
    assert [is_there(cast.a, row) for row in rows] == [False, False]
    assert [file_of(row).exists() for row in rows] == [False, False]


def test_an_applied_import_stays_applied(client, cast, sign_in):
    batch = made_import(cast.a, cast.a.admin, apply=True)
    sign_in(client, cast.a, cast.a.admin)
    assert page(batch) in client.get(page(batch, "change")).content.decode()
    sentence = "What was imported stays as it is; it can no longer be undone."
    assert sentence in client.get(page(batch)).content.decode()
    client.post(page(batch), {"post": "yes"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not ImportRow.objects.filter(batch=batch.pk).exists()
        assert type(cast.a.student).objects.filter(email="new@a.example").exists()


@pytest.mark.parametrize("status", ["running", "undoing"])
def test_an_import_at_work_is_left_alone(client, cast, sign_in, status):
    batch = made_import(cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        ImportBatch.objects.filter(pk=batch.pk).update(status=status)
    sign_in(client, cast.a, cast.a.admin)
    data = {"action": "delete_selected", "_selected_action": batch.pk, "post": "yes"}
    url = reverse("admin:exchange_importbatch_changelist")
    for answer, sentence in (
        (
            client.post(page(batch), {"post": "yes"}, follow=True),
            "“list.csv” is being worked on; delete it afterwards.",
        ),
        (
            client.post(url, data, follow=True),
            f"Left as it was: {batch}: It is being worked on; delete it afterwards.",
        ),
    ):
        assert [str(message) for message in answer.context["messages"]] == [sentence]
    assert is_there(cast.a, batch)


def test_an_export_that_is_being_made_comes_to_nothing(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        export = exports.request(
            kind="report",
            template_id="user_roster_v1",
            by=cast.a.admin,
            file_format="csv",
            background=True,
        )
        export.requested_by = cast.a.admin
        requests.delete(Export.objects.get(pk=export.pk))
        with pytest.raises(exports.Cancelled):
            exports.make(export)
    assert not files.path_of(export).exists()
