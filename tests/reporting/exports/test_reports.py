"""Each report's file is row for row what SQL says the person may see."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.rls import tenant_context
from reporting.models import (
    AttendanceReport,
    ClassEnrollmentReport,
    Export,
    PaymentLedger,
    UserRoster,
)
from tests.factories.exchange import body, read_csv, read_xlsx, signed_in

REPORTS = [
    # model, view of the specification, its columns, a column that tells the rows apart, template
    (
        UserRoster,
        "view_user_roster",
        "id, email, name, role, status, created_at, last_login",
        "user_roster_v1",
    ),
    (
        ClassEnrollmentReport,
        "view_class_enrollment",
        "class_id, class_name, level, student_id, student_name, student_email, enrollment_date,"
        " enrollment_status, attendance_rate, current_grade, teacher_name",
        "class_enrollment_v1",
    ),
    (
        AttendanceReport,
        "view_attendance_report",
        "session_date, class_name, class_id, student_name, student_id, attendance_status, notes,"
        " teacher_name",
        "attendance_report_v1",
    ),
    (
        PaymentLedger,
        "view_payment_ledger",
        "payment_date, student_name, student_email, amount, currency, payment_method,"
        " invoice_number, invoice_status, transaction_id",
        "payment_ledger_v1",
    ),
]


def url(model, page):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def in_sql(school, user, view, columns):
    with tenant_context(school.tenant, user), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {view}")
        return cursor.fetchall()


def as_csv(value, zone):
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return str(value)


def as_xlsx(value, zone):
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, Decimal):
        return float(value)
    return None if value is None else value if isinstance(value, int) else str(value)


def rounded(rows):
    """Excel keeps times as fractions of a day; compare to the second."""
    return [
        [v.replace(microsecond=0) if isinstance(v, datetime) else v for v in row] for row in rows
    ]


def order(rows):
    return sorted(rows, key=lambda row: [str(value) for value in row])


@pytest.mark.parametrize(("model", "view", "columns", "template"), REPORTS)
@pytest.mark.parametrize("role", ["admin", "teacher"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_export_is_what_sql_shows(cast, model, view, columns, template, role, file_format):
    user = getattr(cast.a, role)
    client = signed_in(cast.a, user)

    response = client.post(url(model, "export"), {"file_format": file_format})

    if model is PaymentLedger and role == "teacher":
        assert response.status_code == 403
        return
    zone = cast.a.tenant.timezone
    rows = in_sql(cast.a, user, view, columns)
    assert rows
    if file_format == "csv":
        _header, *found = read_csv(body(response))
        assert order(found) == order([as_csv(v, zone) for v in row] for row in rows)
    else:
        _header, *found = read_xlsx(body(response))
        expected = [[as_xlsx(v, zone) for v in row] for row in rows]
        assert order(rounded(found)) == order(rounded(expected))
    with tenant_context(cast.a.tenant, user):
        export = Export.objects.get(requested_by=user, template_id=template, file_size__gt=0)
    assert export.row_count == len(rows)
    assert export.template_version == "1"
    assert export.filename.endswith(f".{file_format}")
    assert export.filters == {}
    assert export.expires_at > timezone.now()


def test_export_holds_nothing_of_another_school(cast):
    client = signed_in(cast.a, cast.a.admin)
    for model, *_rest in REPORTS:
        data = body(client.post(url(model, "export"), {"file_format": "csv"})).decode()
        assert "school-b" not in data
        assert str(cast.b.tenant.pk) not in data
        assert str(cast.a.tenant.pk) not in data
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert UserRoster.objects.filter(email__contains="school-b").exists()


def test_export_has_the_filtered_rows_and_keeps_the_filter(cast):
    client = signed_in(cast.a, cast.a.admin)

    response = client.post(f"{url(UserRoster, 'export')}?role=student&o=1", {"file_format": "csv"})

    _header, *rows = read_csv(body(response))
    assert {row[3] for row in rows} == {"student"}
    assert len(rows) == 2
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Export.objects.order_by("created_at").last().filters == {"role": "student"}


def test_search_chooses_rows_by_person_and_by_class(cast):
    client = signed_in(cast.a, cast.a.admin)
    for query, count in [("other_student", 1), ("Own Class", 1), ("nobody", 0)]:
        response = client.get(url(AttendanceReport, "changelist"), {"q": query})
        assert response.context["cl"].result_count == count, query
    found = client.get(url(PaymentLedger, "changelist"), {"q": "OTHER_INV-1"})
    assert found.context["cl"].result_count == 1


@pytest.mark.parametrize("action", ["export_csv", "export_xlsx"])
def test_action_exports_the_chosen_rows(cast, action):
    client = signed_in(cast.a, cast.a.admin)

    response = client.post(
        url(UserRoster, "changelist"),
        {"action": action, ACTION_CHECKBOX_NAME: [cast.a.student.pk, cast.a.teacher.pk]},
    )

    read = read_csv if action == "export_csv" else read_xlsx
    _header, *rows = read(body(response))
    assert {row[1] for row in rows} == {cast.a.student.email, cast.a.teacher.email}
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Export.objects.order_by("created_at").last().filters == {"selected": 2}


def test_action_across_pages_exports_every_filtered_row(cast):
    client = signed_in(cast.a, cast.a.admin)

    response = client.post(
        f"{url(UserRoster, 'changelist')}?role=teacher",
        {
            "action": "export_csv",
            "select_across": "1",
            ACTION_CHECKBOX_NAME: [cast.a.teacher.pk],
        },
    )

    _header, *rows = read_csv(body(response))
    assert {row[3] for row in rows} == {"teacher"}
    assert len(rows) == 2


def test_another_schools_row_cannot_be_chosen(cast):
    client = signed_in(cast.a, cast.a.admin)

    response = client.post(
        url(UserRoster, "changelist"),
        {"action": "export_csv", ACTION_CHECKBOX_NAME: [cast.b.student.pk]},
    )

    assert len(read_csv(body(response))) == 1


@pytest.mark.parametrize(("model", "view", "columns", "template"), REPORTS)
def test_list_cost_does_not_grow_with_rows(
    cast, model, view, columns, template, django_assert_max_num_queries
):
    client = signed_in(cast.a, cast.a.admin)
    with django_assert_max_num_queries(9):
        response = client.get(url(model, "changelist"))
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == len(
        in_sql(cast.a, cast.a.admin, view, columns)
    )


def test_rows_have_no_page_of_their_own(cast):
    client = signed_in(cast.a, cast.a.admin)
    response = client.get(reverse("admin:reporting_userroster_change", args=[cast.a.student.pk]))
    assert response.status_code == 403


@pytest.mark.parametrize("page", ["changelist", "export"])
def test_students_stay_outside(cast, page):
    client = signed_in(cast.a, cast.a.student)
    for model, *_rest in REPORTS:
        assert client.get(url(model, page)).status_code == 302
