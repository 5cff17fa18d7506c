"""What every list's export has in common, and the list of exports."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Attendance, Enrollment
from core.models import User
from core.rls import tenant_context
from reporting import exports
from reporting.exports import files, writers
from reporting.models import Export, UserRoster
from tests.factories.exchange import body, read_csv, read_xlsx, signed_in

FORMULAS = ["=1+1", "+49 30 12", "-5", "@SUM(A1)", "\tx", "'=quoted"]


def run(school, user, queryset, file_format="csv", **options):
    with tenant_context(school.tenant, user):
        export = exports.run(queryset=queryset, file_format=file_format, by=user, **options)
        return export, files.path_of(export).read_bytes()


def rename(school, names):
    """Give the school's people names, in the order of their e-mail addresses."""
    with tenant_context(school.tenant, school.admin):
        for person, name in zip(User.objects.order_by("email"), names, strict=False):
            User.objects.filter(pk=person.pk).update(name=name)


def test_formulas_are_text_in_csv(cast):
    rename(cast.a, FORMULAS)
    with tenant_context(cast.a.tenant, cast.a.admin):
        queryset = UserRoster.objects.order_by("email")
    _export, data = run(cast.a, cast.a.admin, queryset)
    _header, *rows = read_csv(data)
    assert [row[2] for row in rows] == [f"'{name}" for name in FORMULAS[:5]]


def test_formulas_are_text_in_xlsx(cast):
    rename(cast.a, [*FORMULAS[:4], "bell\x07 \x1fhere", "#N/A"])
    _export, data = run(cast.a, cast.a.admin, UserRoster.objects.order_by("email"), "xlsx")
    _header, *rows = read_xlsx(data)
    assert [row[2] for row in rows] == [*(f"'{n}" for n in FORMULAS[:4]), "bell here"]


def test_numbers_stay_numbers_below_zero(tmp_path):
    with (tmp_path / "x").open("wb") as file:
        writers.write_csv(file, ["=a"], [[Decimal("-12.50")], ["-12.50"], [None]])
    assert read_csv((tmp_path / "x").read_bytes()) == [["'=a"], ["-12.50"], ["'-12.50"], [""]]
    with (tmp_path / "y").open("wb") as file:
        writers.write_xlsx(file, ["a"], [[Decimal("-12.50")], ["-12.50"]])
    assert read_xlsx((tmp_path / "y").read_bytes()) == [["a"], [-12.5], ["'-12.50"]]


def test_a_sheet_that_is_full_is_refused(cast, monkeypatch):
    monkeypatch.setattr(writers, "XLSX_MAX_ROWS", 2)
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(exports.ExportRefused):
            exports.run(queryset=User.objects.all(), file_format="xlsx", by=cast.a.admin)
        assert not list(files.directory(cast.a.tenant).iterdir())
        assert Export.objects.count() == 1  # the cast's


def test_every_list_can_be_exported(cast):
    client = signed_in(cast.a, cast.a.admin)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = client.get(reverse(f"{name}_changelist"))
        assert reverse(f"{name}_export") in page.content.decode(), model
        if page.context["cl"].result_count:
            actions = dict(page.context["action_form"].fields["action"].choices)
            assert {"export_csv", "export_xlsx"} <= set(actions), model
        assert client.get(reverse(f"{name}_export")).status_code == 200
        for file_format, read in [("csv", read_csv), ("xlsx", read_xlsx)]:
            response = client.post(reverse(f"{name}_export"), {"file_format": file_format})
            rows = read(body(response))
            assert len(rows) > 1 or not page.context["cl"].result_count, model
            text = str(rows)
            # The school's own row, and what the audit trail says of it, have no other name.
            if model._meta.label not in ("core.Tenant", "core.AuditLog"):
                assert str(cast.a.tenant.pk) not in text, model
            assert "md5$" not in text
            assert "school-b" not in text


def test_teacher_exports_own_classes_only(cast):
    client = signed_in(cast.a, cast.a.teacher)
    response = client.post(reverse("admin:academics_enrollment_export"), {"file_format": "csv"})
    _header, *rows = read_csv(body(response))
    assert [row[0] for row in rows] == [cast.a.student.email]
    assert client.get(reverse("admin:finance_invoice_export")).status_code == 403


def test_a_row_whose_person_may_not_be_seen_is_exported_all_the_same(cast):
    """A teacher sees attendance that another person recorded, but not that person."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Attendance.objects.filter(pk=cast.a.attendance.pk).update(recorded_by=cast.a.outsider)
    _export, data = run(cast.a, cast.a.teacher, Attendance.objects.all())
    _header, row = read_csv(data)
    assert row[4] == cast.a.student.email
    assert row[8] == ""


def test_export_costs_the_same_queries_for_more_rows(cast):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            run(cast.a, cast.a.admin, Enrollment.objects.order_by("id"))
        return len(captured)

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


def test_the_file_can_be_fetched_again_by_whom_it_belongs_to(cast):
    client = signed_in(cast.a, cast.a.teacher)
    first = body(client.post(reverse("admin:core_user_export"), {"file_format": "csv"}))
    with tenant_context(cast.a.tenant, cast.a.teacher):
        export = Export.objects.get()
    url = reverse("admin:reporting_export_download", args=[export.pk])

    assert body(client.get(url)) == first
    assert body(signed_in(cast.a, cast.a.admin).get(url)) == first
    assert signed_in(cast.a, cast.a.outsider).get(url).status_code == 404
    assert signed_in(cast.b, cast.b.admin).get(url).status_code == 404


def test_teachers_see_their_own_exports_and_admins_all(cast):
    run(cast.a, cast.a.teacher, User.objects.all())
    url = reverse("admin:reporting_export_changelist")
    for user, count in [(cast.a.admin, 2), (cast.a.teacher, 1), (cast.a.outsider, 0)]:
        response = signed_in(cast.a, user).get(url)
        assert response.context["cl"].result_count == count


def test_expired_files_go_away(cast):
    export, _data = run(cast.a, cast.a.admin, User.objects.all())
    path = files.path_of(export)
    old = path.stat().st_mtime - files.KEPT_FOR.total_seconds() - 60
    os.utime(path, (old, old))
    run(cast.a, cast.a.admin, User.objects.all())
    assert not path.exists()
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:reporting_export_download", args=[export.pk])
    assert client.get(url).status_code == 404


def test_the_link_ends_with_the_week(cast):
    export, _data = run(cast.a, cast.a.admin, User.objects.all())
    with tenant_context(cast.a.tenant, cast.a.admin):
        Export.objects.filter(pk=export.pk).update(expires_at=export.expires_at - timedelta(days=8))
    client = signed_in(cast.a, cast.a.admin)
    url = reverse("admin:reporting_export_download", args=[export.pk])
    assert client.get(url).status_code == 404
