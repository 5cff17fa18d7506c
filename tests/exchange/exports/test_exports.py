"""What every list's export has in common, and the list of exports."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from academics.models import Attendance, Enrollment
from core import jobs
from core.models import AuditLog, User
from core.rls import tenant_context
from core.services import school_settings
from exchange import exports
from exchange.exports import describe, files, lists, pdf_file, requests
from exchange.models import Export
from tests.factories.files import body, read_csv, read_xlsx, signed_in
from tests.factories.queue import execute, queued
from tests.pages import shown

MAKE = "exchange.exports.background.make_export"
HISTORY = "/admin/exchange/export/"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FORMULAS = ["=1+1", "+49 30 12", "-5", "@SUM(A1)", "\tx"]


def ask(school, user, model=User, file_format="csv", **options):
    """Ask for the file of a model's list as `user`; return its `Export`."""
    with tenant_context(school.tenant, user):
        template = lists.template_id(admin.site.get_model_admin(model))
        return exports.request(
            kind="list", template_id=template, by=user, file_format=file_format, **options
        )


def saved(school, export):
    with tenant_context(school.tenant, role="admin"):
        return Export.objects.get(pk=export.pk)


def change(school, export, **values):
    with tenant_context(school.tenant, role="admin"):
        Export.objects.filter(pk=export.pk).update(**values)


def link_in(response, name):
    """Return the address of the only link with this name on a page."""
    page = response.content.decode()
    (address,) = re.findall(rf'href="([^"]+)"[^>]*>\s*{name}\s*<', page)
    return address.replace("&amp;", "&")


# --- lists ----------------------------------------------------------------------------------------
def test_formulas_are_text(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = User.objects.order_by("email")
        for person, name in zip(people, FORMULAS, strict=False):
            User.objects.filter(pk=person.pk).update(name=name)
    export = ask(cast.a, cast.a.admin)
    header, *rows = read_csv(files.path_of(export).read_bytes())
    names = {row[header.index("Name")] for row in rows}
    assert {f"'{name}" for name in FORMULAS} == {name for name in names if name.startswith("'")}


def test_every_list_can_be_exported(cast):
    client = signed_in(cast.a, cast.a.admin)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = client.get(reverse(f"{name}_changelist"))
        assert reverse(f"{name}_export") in page.content.decode(), model
        if page.context["cl"].result_count:
            actions = dict(page.context["action_form"].fields["action"].choices)
            assert {"export_csv", "export_xlsx", "export_pdf"} <= set(actions), model
        assert client.get(reverse(f"{name}_export")).status_code == 200
        for file_format, read in [("csv", read_csv), ("xlsx", read_xlsx)]:
            response = client.post(reverse(f"{name}_export"), {"file_format": file_format})
            rows = read(body(response))
            assert len(rows) > 1 or not page.context["cl"].result_count, model
            text = str(rows)
            # What the audit trail and OneRoster's names are about has no other name that lasts.
            if model._meta.label not in ("core.AuditLog", "oneroster.SourcedRecord"):
                assert UUID.findall(text) == [], model
            assert "md5$" not in text
            assert "school-b" not in text


def test_pdf_of_a_list(cast):
    client = signed_in(cast.a, cast.a.teacher)
    response = client.post(reverse("admin:core_user_export"), {"file_format": "pdf"})
    assert response.headers["Content-Type"] == "application/pdf"
    assert body(response).startswith(b"%PDF-")


def test_a_pdf_of_too_many_rows_is_refused_before_it_is_queued(cast, settings, monkeypatch):
    settings.EXPORT_BACKGROUND_ROWS = 1
    monkeypatch.setattr(pdf_file, "MAX_ROWS", 2)
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:core_user_export")
    response = client.post(url, {"file_format": "pdf"}, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "A PDF holds at most 2 rows; narrow the filters, or choose CSV or XLSX."
    ]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Export.objects.unfinished().exists()


def test_the_file_holds_what_the_list_shows(cast):
    """Filters, search and order of the list; and the chosen rows only."""
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:core_user_export")
    data = body(client.post(f"{url}?role__exact=teacher&o=-1", {"file_format": "csv"}))
    header, *rows = read_csv(data)
    emails = [row[header.index("E-mail")] for row in rows]
    listed = client.get("/admin/core/user/?role__exact=teacher&o=-1").context["cl"].result_list
    assert emails == [person.email for person in listed]
    assert len(emails) == 2

    chosen = {"action": "export_csv", "_selected_action": [str(cast.a.teacher.pk)]}
    response = client.post("/admin/core/user/?role__exact=teacher", chosen)
    assert [row[header.index("E-mail")] for row in read_csv(body(response))[1:]] == [
        cast.a.teacher.email
    ]
    across = chosen | {"select_across": "1"}
    response = client.post("/admin/core/user/?role__exact=teacher", across)
    assert len(read_csv(body(response))) == 3


def test_a_changed_filter_is_reported_not_ignored(cast):
    with pytest.raises(exports.ExportRefused):
        ask(cast.a, cast.a.admin, filters={"class__is_gone": "1"})


def test_teacher_exports_own_classes_only(cast):
    client = signed_in(cast.a, cast.a.teacher)
    response = client.post(reverse("admin:academics_enrollment_export"), {"file_format": "csv"})
    _header, *rows = read_csv(body(response))
    assert [row[0] for row in rows] == [cast.a.student.email]
    assert client.get(reverse("admin:finance_invoice_export")).status_code == 403
    with pytest.raises(exports.ExportRefused):
        ask(cast.a, cast.a.teacher, model=type(cast.a.invoice))


def test_a_row_whose_person_may_not_be_seen_is_exported_all_the_same(cast):
    """A teacher sees attendance that another person recorded, but not that person."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Attendance.objects.filter(pk=cast.a.attendance.pk).update(recorded_by=cast.a.outsider)
    export = ask(cast.a, cast.a.teacher, model=Attendance)
    _header, row = read_csv(files.path_of(export).read_bytes())
    assert row[4] == cast.a.student.email
    assert row[8] == ""


def test_export_costs_the_same_queries_for_more_rows(cast):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            ask(cast.a, cast.a.admin, model=Enrollment)
        return len([query for query in captured if "SET LOCAL ROLE" not in query["sql"]])

    few = queries()
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = [User(email=f"p{i}@a.example", name=f"P{i}", role="student") for i in range(12)]
        User.objects.bulk_create(people)
        Enrollment.objects.bulk_create(
            [Enrollment(student=p, school_class=cast.a.school_class) for p in people]
        )
    assert queries() == few


def test_unknown_format_is_a_form_error(cast):
    client = signed_in(cast.a, cast.a.admin)
    response = client.post(reverse("admin:core_user_export"), {"file_format": "exe"})
    assert response.context["form"].errors


# --- small and large ------------------------------------------------------------------------------
def test_a_small_file_is_there_at_once(cast):
    export = saved(cast.a, ask(cast.a, cast.a.teacher, title="Ünïcode list"))
    assert (export.status, export.row_count, export.rows_done) == ("ready", 2, 2)
    assert export.filename.startswith("ünïcode-list-")
    assert export.noticed_at is not None
    assert export.requester_role == "teacher"
    kept = export.expires_at - export.finished_at
    assert kept == timedelta(days=7)
    assert files.path_of(export).stat().st_size == export.file_size
    assert queued(MAKE, export_id=export.pk) == []


def test_a_school_chooses_how_long_its_files_are_there(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        school_settings.save(cast.a.tenant, {"kept_export_days": 30})
    export = saved(cast.a, ask(cast.a, cast.a.teacher))
    assert export.expires_at - export.finished_at == timedelta(days=30)


def test_a_large_file_is_queued_with_a_link_to_its_progress(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 2
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:core_user_export")
    response = client.post(f"{url}?role__exact=teacher", {"file_format": "csv"})
    assert len(read_csv(body(response))) == 3  # two rows are not more than two
    response = client.post(f"{url}?q=a", {"file_format": "csv"}, follow=True)
    assert response.redirect_chain == [("../?q=a", 302)]
    assert "is made in the background" in response.content.decode()
    assert link_in(response, "See how far it is") == HISTORY
    with tenant_context(cast.a.tenant, cast.a.admin):
        export = Export.objects.get(status="queued")
    assert export.filters == {"q": "a"}
    assert queued(MAKE, export_id=export.pk) == [
        {
            "tenant_id": str(cast.a.tenant.pk),
            "user_id": str(cast.a.admin.pk),
            "export_id": str(export.pk),
        }
    ]


@pytest.mark.parametrize("query", ["q=a%00b", "status__exact=%00", "o=1%00"])
def test_a_filter_that_no_text_can_match_is_refused(cast, query):
    client = signed_in(cast.a, cast.a.admin)
    page = client.post(f"/admin/core/user/export/?{query}", {"file_format": "csv"})
    assert page.status_code == 400
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Export.objects.exclude(pk=cast.a.export.pk).exists()


def test_an_export_of_before_formats_is_made_again_in_that_of_its_name(cast):
    client = signed_in(cast.a, cast.a.admin)
    assert cast.a.export.file_format is None
    page = client.post(f"{HISTORY}{cast.a.export.pk}/repeat/")
    assert read_csv(body(page))[0][1] == "E-mail"


def test_a_refused_file_leaves_nothing_and_says_why(cast, monkeypatch):
    from exchange.exports import engine

    def refuse(*args, **options):
        raise exports.ExportRefused("Not today.")

    monkeypatch.setattr(engine, "write", refuse)
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:core_user_export")
    response = client.post(url, {"file_format": "csv"}, follow=True)
    assert "Not today." in response.content.decode()
    assert not list(files.directory(cast.a.tenant.pk).iterdir())
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Export.objects.count() == 1  # the cast's


# --- the list of exports --------------------------------------------------------------------------
def test_teachers_see_their_own_exports_and_admins_all(cast):
    ask(cast.a, cast.a.teacher)
    for user, count in [(cast.a.admin, 2), (cast.a.teacher, 1), (cast.a.outsider, 0)]:
        response = signed_in(cast.a, user).get(HISTORY)
        assert response.context["cl"].result_count == count


def test_only_the_person_who_asked_gets_a_link(cast):
    export = ask(cast.a, cast.a.teacher)
    client = signed_in(cast.a, cast.a.teacher)
    page = client.get(HISTORY)
    data = body(client.get(link_in(page, "Download")))
    assert data == files.path_of(export).read_bytes()
    page = signed_in(cast.a, cast.a.admin).get(HISTORY).content.decode()
    assert "Download" not in page
    assert f"only for {cast.a.teacher.name}" in page


def test_the_list_costs_the_same_queries_for_more_rows(cast):
    client = signed_in(cast.a, cast.a.admin)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(HISTORY).status_code == 200
        return len([query for query in captured if "SET LOCAL ROLE" not in query["sql"]])

    ask(cast.a, cast.a.admin)
    queries()  # the host name is looked up once
    few = queries()
    ask(cast.a, cast.a.teacher, model=Attendance)
    with tenant_context(cast.a.tenant, cast.a.admin):
        exports.request(
            kind="report", template_id="user_roster_v1", file_format="csv", by=cast.a.admin
        )
    assert queries() == few


def test_filters_are_shown_in_words(cast):
    client = signed_in(cast.a, cast.a.admin)
    filters = {"role__exact": "teacher", "q": "Person"}
    export = ask(cast.a, cast.a.admin, filters=filters)
    page = shown(client.get(f"{HISTORY}{export.pk}/change/"))
    assert "<dt>Search</dt><dd>Person</dd><dt>Role</dt><dd>Teacher</dd>" in page
    export = ask(
        cast.a,
        cast.a.admin,
        model=Attendance,
        filters={"recorded_at__year": "2026"},
        selection=[str(cast.a.attendance.pk)],
    )
    with tenant_context(cast.a.tenant, cast.a.admin):
        labels = [text for _label, text in describe.filters(export)]
    assert labels == ["2026", "1 row"]


def test_from_and_to_are_the_schools_time(cast):
    """Half past midnight in Auckland is still the day before in UTC."""
    zone = cast.a.tenant.timezone
    client = signed_in(cast.a, cast.a.admin)
    export = ask(cast.a, cast.a.admin)
    made = datetime(2026, 3, 10, 0, 30, tzinfo=zone)
    assert made.astimezone(UTC).isoformat() == "2026-03-09T11:30:00+00:00"
    change(cast.a, export, created_at=made)
    change(cast.a, cast.a.export, created_at=made - timedelta(hours=1))

    def listed(**parameters):
        url = f"{HISTORY}?" + "&".join(f"created_at_{k}={v}" for k, v in parameters.items())
        response = client.get(url)
        assert response.status_code == 200
        return {row.pk for row in response.context["cl"].result_list}

    assert listed(from_0="2026-03-10", to_0="2026-03-10") == {export.pk}
    assert listed(from_0="2026-03-10", from_1="00:31:00") == set()
    assert listed(to_0="2026-03-09") == {cast.a.export.pk}


def test_progress_is_shown_of_ones_own_exports(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    export = ask(cast.a, cast.a.teacher)
    change(cast.a, export, status="running", rows_done=1234, rows_total=5000)

    def cells(school, user):
        url = f"{HISTORY}progress/?id={export.pk}&id=nonsense"
        return signed_in(school, user).get(url).json()

    mine = cells(cast.a, cast.a.teacher)
    assert list(mine) == [str(export.pk)]
    assert "1,234 of 5,000 rows" in mine[str(export.pk)]["state"]
    assert 'value="24"' in mine[str(export.pk)]["state"]
    assert "data-unfinished" in mine[str(export.pk)]["state"]
    assert "Cancel" in mine[str(export.pk)]["buttons"]
    assert list(cells(cast.a, cast.a.admin)) == [str(export.pk)]
    assert cells(cast.a, cast.a.outsider) == {}
    assert cells(cast.b, cast.b.admin) == {}

    change(cast.a, export, status="failed", error="Out of paper.", finished_at=timezone.now())
    mine = cells(cast.a, cast.a.teacher)
    assert "Out of paper." in mine[str(export.pk)]["state"]
    assert "data-unfinished" not in mine[str(export.pk)]["state"]
    assert saved(cast.a, export).noticed_at is not None  # seen on the page


def test_waiting_without_a_worker_is_said(cast, settings, monkeypatch):
    sentence = "no worker is running"
    client = signed_in(cast.a, cast.a.admin)
    assert sentence not in client.get(HISTORY).content.decode()
    settings.EXPORT_BACKGROUND_ROWS = 0
    ask(cast.a, cast.a.admin)
    assert sentence in client.get(HISTORY).content.decode()
    monkeypatch.setattr(jobs, "worker_is_there", lambda: True)
    assert sentence not in client.get(HISTORY).content.decode()


def test_a_worker_is_there_while_it_gives_signs_of_life(db):
    execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    assert jobs.worker_is_there()
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - '61 s'::interval")
    assert not jobs.worker_is_there()


# --- cancel, retry, run again ---------------------------------------------------------------------
def test_cancel(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    export = ask(cast.a, cast.a.teacher)
    url = f"{HISTORY}{export.pk}/cancel/"
    assert signed_in(cast.a, cast.a.teacher).get(url).status_code == 405
    assert signed_in(cast.a, cast.a.outsider).post(url).status_code == 404
    assert signed_in(cast.b, cast.b.admin).post(url).status_code == 404
    assert saved(cast.a, export).status == "queued"
    response = signed_in(cast.a, cast.a.admin).post(url, follow=True)
    assert "is cancelled" in response.content.decode()
    assert saved(cast.a, export).status == "cancelled"
    response = signed_in(cast.a, cast.a.teacher).post(url, follow=True)
    assert "was finished already" in response.content.decode()


def test_retry_what_failed(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    export = ask(cast.a, cast.a.teacher)
    url = f"{HISTORY}{export.pk}/retry/"
    change(cast.a, export, status="failed", error="Out of paper.")
    assert signed_in(cast.a, cast.a.admin).post(url).status_code == 404
    signed_in(cast.a, cast.a.teacher).post(url)
    again = saved(cast.a, export)
    assert (again.status, again.error) == ("queued", None)
    assert len(queued(MAKE, export_id=export.pk)) == 2


def test_run_again_with_the_rows_of_today(cast):
    client = signed_in(cast.a, cast.a.teacher)
    filters = {"role__exact": "student"}
    first = ask(cast.a, cast.a.teacher, filters=filters, title="students", sort="-1")
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.create(student=cast.a.other_student, school_class=cast.a.school_class)
    url = f"{HISTORY}{first.pk}/repeat/"
    assert signed_in(cast.a, cast.a.admin).post(url).status_code == 404
    rows = read_csv(body(client.post(url)))
    assert len(rows) == 3
    assert len(read_csv(files.path_of(first).read_bytes())) == 2
    with tenant_context(cast.a.tenant, cast.a.teacher):
        second = Export.objects.exclude(pk=first.pk).get()
    assert requests.wants(second) == requests.wants(first)


def test_run_again_after_rights_were_lost(cast):
    export = ask(cast.a, cast.a.admin, model=type(cast.a.invoice))
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.create(email="second@a.example", name="Second", role="admin")
        User.objects.filter(pk=cast.a.admin.pk).update(role="teacher")
    cast.a.admin.role = "teacher"
    client = signed_in(cast.a, cast.a.admin)
    response = client.post(f"{HISTORY}{export.pk}/repeat/", follow=True)
    assert "You may not see this list." in response.content.decode()


def test_back_to_the_page_of_the_button_and_nowhere_else(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    client = signed_in(cast.a, cast.a.teacher)
    page = f"http://{cast.a.host}{HISTORY}?status__exact=queued"
    for referer, back in [(page, page), ("http://evil.example/", HISTORY), ("", HISTORY)]:
        export = ask(cast.a, cast.a.teacher)
        response = client.post(f"{HISTORY}{export.pk}/cancel/", headers={"referer": referer})
        assert response.headers["Location"] == back


# --- notices --------------------------------------------------------------------------------------
def test_a_ready_file_is_announced_once_on_the_next_page(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    export = ask(cast.a, cast.a.teacher)
    client = signed_in(cast.a, cast.a.teacher)
    page = "/admin/core/user/"
    assert "is ready" not in client.get(page).content.decode()
    with tenant_context(cast.a.tenant, cast.a.teacher):
        exports.make(export)
    signed_in(cast.a, cast.a.admin).get(page)  # it is nobody else's business
    response = client.get(page)
    assert f"Your export “{export.filename}” is ready." in response.content.decode()
    assert body(client.get(link_in(response, "Download"))).startswith(b"\xef\xbb\xbf")
    assert "is ready" not in client.get(page).content.decode()


def test_a_failed_file_is_announced_too(cast, settings):
    settings.EXPORT_BACKGROUND_ROWS = 0
    export = ask(cast.a, cast.a.admin)
    change(cast.a, export, status="failed", error="Out of paper.", finished_at=timezone.now())
    page = signed_in(cast.a, cast.a.admin).get("/admin/").content.decode()
    assert "could not be made. Out of paper." in page


def test_the_notice_costs_one_query(cast):
    client = signed_in(cast.a, cast.a.teacher)
    with CaptureQueriesContext(connection) as captured:
        client.get("/admin/core/user/")
    assert len([q for q in captured if '"noticed_at" IS NULL' in q["sql"]]) == 1


# --- traces ---------------------------------------------------------------------------------------
def test_asking_and_fetching_stand_in_the_audit_trail(cast):
    export = ask(cast.a, cast.a.teacher)
    client = signed_in(cast.a, cast.a.teacher)
    body(client.get(link_in(client.get(HISTORY), "Download")))
    with tenant_context(cast.a.tenant, cast.a.admin):
        entries = AuditLog.objects.filter(resource_id=export.pk).order_by("timestamp", "id")
        actions = [(entry.action, entry.user_id) for entry in entries]
    assert actions == [
        ("export_created", cast.a.teacher.pk),
        ("export_updated", cast.a.teacher.pk),
    ]
    assert saved(cast.a, export).file_url is None


def test_the_directory_is_closed_to_others(cast):
    export = ask(cast.a, cast.a.admin)
    directory = Path(files.path_of(export)).parent
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("model", "filters", "described"),
    [
        (Enrollment, {"status__in": ["active", "dropped"]}, [("Status", "Active, Dropped")]),
        (User, {"role__exact": "no role"}, [("Role", "no role")]),
        (User, {}, []),
        (User, None, []),
    ],
)
def test_a_lists_filters_in_words(cast, model, filters, described):
    export = ask(cast.a, cast.a.admin, model=model, filters=filters)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert [(str(label), text) for label, text in describe.filters(export)] == described


@pytest.mark.parametrize("name", ["student", None])
def test_a_filter_by_id_names_the_row_as_long_as_it_is_there(cast, name):
    pk = cast.a.student.pk if name else cast.b.student.pk  # another school's is none of ours
    export = ask(cast.a, cast.a.admin, model=Enrollment, filters={"student__id__exact": str(pk)})
    with tenant_context(cast.a.tenant, cast.a.admin):
        [(label, text)] = describe.filters(export)
    assert (label, text) == ("Student", str(cast.a.student) if name else "no longer there")


@pytest.mark.parametrize(
    ("filters", "described"),
    [
        ({"recorded_at__gte": "2026-01-01"}, ("recorded at (from)", "2026-01-01")),
        ({"notes__isnull": "True"}, ("notes (empty)", "True")),
        ({"nonsense": ["a", "b"]}, ("nonsense", "a, b")),
    ],
)
def test_a_lists_former_filters_in_words(cast, filters, described):
    template = lists.template_id(admin.site.get_model_admin(Attendance))
    export = Export(kind="list", template_id=template, filters=filters)
    [(label, text)] = describe.filters(export)
    assert (label.lower(), text) == described


def test_what_no_longer_exists_is_described_by_its_name(cast):
    for kind, title in [("report", "gone_v1"), ("list", "List: gone_v1")]:
        export = Export(kind=kind, template_id="gone_v1", filters={"class_id": "1", "n": [1, 2]})
        assert str(describe.subject(export)) == title
        assert describe.filters(export) == [("Class id", "1"), ("N", "1, 2")]
    cards = Export(kind="report_cards", template_id="x", filters={"term": "Spring", "term_id": 1})
    assert describe.filters(cards) == [("Term", "Spring")]
    assert describe.filters(Export(kind="person", filters=["odd"])) == []
