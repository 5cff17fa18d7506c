"""The signed link to a file: for one person, in one school, while their rights last."""

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from core.models import Tenant, User
from core.rls import tenant_context
from exchange import exports
from exchange.exports import files, links
from exchange.models import Export
from tests.factories.files import body, signed_in


@pytest.fixture
def made(cast):
    """Return (export, link) of a report that school a's teacher asked for."""
    return make(cast.a, cast.a.teacher)


def make(school, user, template_id="user_roster_v1", kind="report", **options):
    with tenant_context(school.tenant, user):
        export = exports.request(
            kind=kind, template_id=template_id, file_format="csv", by=user, **options
        )
        return export, exports.download_url(export, user)


def change(school, model, pk, **values):
    with tenant_context(school.tenant, role="admin"):
        model._base_manager.filter(pk=pk).update(**values)


def test_the_person_who_asked_gets_the_file(cast, made):
    export, url = made
    response = signed_in(cast.a, cast.a.teacher).get(url)
    assert body(response) == files.path_of(export).read_bytes()
    headers = response.headers
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert int(headers["Content-Length"]) == export.file_size
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert Export.objects.get(pk=export.pk).downloaded_at is not None


@pytest.mark.parametrize("title", ["Schülerliste Ärger", "名簿", "كشف", 'a"b\r\nSet-Cookie: x'])
def test_file_names_in_any_script(cast, title):
    export, url = make(cast.a, cast.a.teacher, title=title)
    response = signed_in(cast.a, cast.a.teacher).get(url)
    body(response)
    header = response.headers["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert "\n" not in header
    if not export.filename.isascii():
        assert header.startswith("attachment; filename*=utf-8''")


def test_nobody_else_gets_it(cast, made):
    _export, url = made
    for user in (cast.a.admin, cast.a.outsider, cast.a.student):
        assert signed_in(cast.a, user).get(url).status_code == 404
    for user in (cast.b.admin, cast.b.teacher):
        assert signed_in(cast.b, user).get(url).status_code == 404
    response = Client(headers={"host": cast.a.host}).get(url)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/?next=/admin/exports/")
    assert signed_in(cast.a, cast.a.teacher).post(url).status_code == 405


def test_a_link_with_anothers_ids_is_of_no_use(cast, made):
    """Even with a right signature the row must be the person's own."""
    export, _url = made
    admin = signed_in(cast.a, cast.a.admin)
    end = int(export.expires_at.timestamp())
    ids = [export.tenant_id.hex, cast.a.admin.pk.hex, export.pk.hex, end]
    assert admin.get(f"/admin/exports/{signing.dumps(ids, salt=links.SALT)}/").status_code == 404
    with tenant_context(cast.a.tenant, cast.a.admin), pytest.raises(ValueError, match="the person"):
        exports.download_url(export, cast.a.admin)


def test_a_link_that_was_tampered_with(cast, made):
    export, url = made
    client = signed_in(cast.a, cast.a.teacher)
    signed = url.split("/")[-2]
    for text in (signed[:-1] + ("A" if signed[-1] != "A" else "B"), "x" + signed, "nonsense"):
        assert client.get(f"/admin/exports/{text}/").status_code == 404
    end = int(export.expires_at.timestamp())
    ids = [export.tenant_id.hex, cast.a.teacher.pk.hex, export.pk.hex, end]
    other_purpose = signing.dumps(ids, salt="something else")
    assert client.get(f"/admin/exports/{other_purpose}/").status_code == 404
    assert body(client.get(url))


def test_a_link_ends(cast, made, monkeypatch):
    export, url = made
    client = signed_in(cast.a, cast.a.teacher)
    later = export.expires_at + timedelta(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(links.timezone, "now", lambda: later)
        assert links.read(url.split("/")[-2]) is None
    # The row's own end counts too: it may have been brought forward.
    change(cast.a, Export, export.pk, expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("status", ["queued", "running", "failed", "cancelled"])
def test_only_a_ready_file_is_handed_over(cast, made, status):
    export, url = made
    change(cast.a, Export, export.pk, status=status)
    assert signed_in(cast.a, cast.a.teacher).get(url).status_code == 404


def test_a_file_that_is_gone(cast, made):
    export, url = made
    files.remove(export)
    assert signed_in(cast.a, cast.a.teacher).get(url).status_code == 404


def test_a_suspended_person_gets_nothing(cast, made):
    _export, url = made
    client = signed_in(cast.a, cast.a.teacher)
    change(cast.a, User, cast.a.teacher.pk, status="suspended")
    assert client.get(url).status_code == 302  # signed out


def test_a_suspended_school_gets_nothing(cast, made, monkeypatch):
    from core import hosts

    _export, url = made
    client = signed_in(cast.a, cast.a.teacher)
    school = hosts.find(cast.a.host)
    school.status = Tenant.Status.SUSPENDED
    monkeypatch.setattr(hosts, "find", lambda host: school)
    assert client.get(url).status_code == 503


@pytest.mark.parametrize(
    ("kind", "template_id"), [("report", "user_roster_v1"), ("list", "users_v1")]
)
def test_a_demoted_person_gets_nothing_of_before(cast, kind, template_id):
    """Also where the new role may run the same report: the file was made with more rights."""
    export, url = make(cast.a, cast.a.admin, kind=kind, template_id=template_id)
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.create(email="second@a.example", name="Second", role="admin")
    change(cast.a, User, cast.a.admin.pk, role="teacher")
    cast.a.admin.role = "teacher"
    client = signed_in(cast.a, cast.a.admin)
    assert client.get(url).status_code == 404
    assert "Download" not in client.get("/admin/exchange/export/").content.decode()
    # A promoted teacher asks anew as well.
    export, url = make(cast.a, cast.a.teacher, kind=kind, template_id=template_id)
    change(cast.a, User, cast.a.teacher.pk, role="admin")
    cast.a.teacher.role = "admin"
    assert signed_in(cast.a, cast.a.teacher).get(url).status_code == 404


def test_a_report_that_the_role_may_no_longer_run(cast, made, monkeypatch):
    from core import permissions
    from reporting import catalog

    _export, url = made
    client = signed_in(cast.a, cast.a.teacher)
    report = catalog.get("user_roster_v1")
    monkeypatch.setitem(report.__dict__, "roles", ("admin",))
    assert client.get(url).status_code == 404

    _export, url = make(cast.a, cast.a.teacher, kind="list", template_id="users_v1")
    assert body(client.get(url))
    table = permissions.POLICY_TABLE | {"core.user": {"admin": permissions.ALL}}
    monkeypatch.setattr(permissions, "POLICY_TABLE", table)
    assert client.get(url).status_code == 404


def test_a_link_for_a_mail(cast, made):
    export, url = made
    with tenant_context(cast.a.tenant, cast.a.teacher):
        mailed = exports.download_url(export, cast.a.teacher, "https://a.example/")
    assert mailed == f"https://a.example{url}"
    assert str(export.pk) not in url


def test_a_link_names_its_end(made):
    export, url = made
    assert links.read(url.split("/")[-2]) == links.Link(
        tenant_id=export.tenant_id, user_id=export.requested_by_id, export_id=export.pk
    )
