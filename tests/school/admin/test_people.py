"""The button on a person's page that exports what the school keeps about them."""

import io
import zipfile

import pytest
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from exchange.exports import background, progress
from exchange.models import Export
from tests.core.admin.test_people import SENT
from tests.core.admin.test_refusals import url
from tests.factories.files import body, signed_in

pytestmark = pytest.mark.django_db


def button(person):
    return reverse("admin:core_user_export_personal_data", args=[person.pk])


def exports(school):
    with tenant_context(school.tenant, role="admin"):
        return list(Export.objects.filter(kind="person").select_related("requested_by"))


def test_a_students_file_is_there_at_once(cast):
    a = cast.a
    client = signed_in(a, a.admin)
    page = url(User, "change", a.student)
    assert button(a.student) in client.get(page).content.decode()
    assert client.post(button(a.student), SENT).url == page
    (export,) = exports(a)
    assert (export.status, export.selection) == ("ready", [str(a.student.pk)])
    assert (export.requested_by, export.file_format) == (a.admin, "zip")
    content = client.get(page).content.decode()
    link = content.partition('href="/admin/exports/')[2].partition('"')[0]
    data = body(client.get(f"/admin/exports/{link}"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert a.student.email in archive.read("index.html").decode()
    for person in (a.teacher, a.student):
        assert signed_in(a, person).get(f"/admin/exports/{link}").status_code == 404


def test_a_staff_members_is_made_by_a_worker(cast, monkeypatch):
    a = cast.a
    signed_in(a, a.admin).post(button(a.teacher), SENT)
    (export,) = exports(a)
    assert export.status == "queued"
    monkeypatch.setattr(progress, "INTERVAL", 3600)  # the watcher would not see the row
    background.work(a.tenant.pk, a.admin.pk, export.pk)
    (export,) = exports(a)
    assert (export.status, export.error) == ("ready", None)


def test_a_deleted_persons_too(cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        a.student.delete()
    signed_in(a, a.admin).post(button(a.student), SENT)
    assert [export.status for export in exports(a)] == ["ready"]


def test_nobody_but_an_admin_of_the_school(cast):
    a, b = cast.a, cast.b
    expected = [(a, a.teacher, 403), (a, a.student, 302), (b, b.admin, 404)]
    for school, person, status in expected:
        assert signed_in(school, person).post(button(a.student), SENT).status_code == status
        assert exports(school) == []
    page = signed_in(a, a.teacher).get(url(User, "change", a.student)).content.decode()
    assert button(a.student) not in page
