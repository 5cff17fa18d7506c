"""Every filter of every list, by the rows that it shows: exactly those that are meant."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)

from academics.models import ClosedDay, Grade, Schedule, SchoolClass
from core.groups import value_of
from core.models import AuditLog, Guardian, Mail, User
from core.permissions import POLICY_TABLE
from core.rls import tenant_context
from exchange.models import Export, ImportBatch
from oneroster.models import SourcedRecord
from reporting.models import ReportSchedule
from tests.core.admin.test_lists import list_url
from tests.factories import academics, core, finance

pytestmark = pytest.mark.django_db

# What makes the second row of a list another one by each of its filters.
OTHER = {
    "academics.absence": {
        "status": "approved",
        "starts_on": date(2026, 4, 1),
        "ends_on": date(2026, 4, 2),
    },
    "academics.assignment": {"type": "exam", "status": "closed"},
    "academics.attendance": {"status": "late"},
    "academics.classsession": {"status": "completed"},
    "academics.enrollment": {"status": "completed"},
    "academics.grade": {"excused": True, "score": None, "grade": None},
    "academics.schoolclass": {"status": "completed", "start_date": date(2026, 1, 6)},
    "academics.submission": {},
    "academics.waitlistentry": {"status": "enrolled"},
    "core.studentguardian": {
        "relation": "father",
        "is_emergency_contact": True,
        "may_pick_up": True,
    },
    "core.user": {"status": "suspended"},
}
OWN_FILTERS = {
    "record_gender",
    "group",
    "draft",
    "term",
    "deleted",
    "login",
    "kind",
    "verb",
    "target",
    "entity",
    "created_at",
}


def shown(client, school, label, parameters):
    """Return the ids of the rows that the list shows."""
    response = client.get(list_url(apps.get_model(label)), parameters)
    assert response.status_code == 200, parameters
    with tenant_context(school.tenant, school.admin):
        return set(response.context["cl"].queryset.values_list("pk", flat=True))


def choose(spec, row):
    """Return the parameters that choose a row's own value of a filter by a field."""
    value = row
    for name in spec.field_path.split("__"):
        value = getattr(value, name)
    if isinstance(spec, AutocompleteSelectFilter):
        return {spec.lookup_kwarg: str(value.pk)}
    if isinstance(spec, RangeDateFilter):
        name = spec.parameter_name
        return {f"{name}_from": value.isoformat(), f"{name}_to": value.isoformat()}
    if isinstance(spec, BooleanRadioFilter | admin.BooleanFieldListFilter):
        return {spec.lookup_kwarg: str(int(value))}
    assert isinstance(spec, ChoicesDropdownFilter), type(spec)
    return {spec.lookup_kwarg: str(value)}


def money(school):
    """Return pairs of rows of finance: what is written once is made anew, not changed."""
    invoice = finance.invoice(
        student=school.other_student, invoice_number="F-1", due_date=date(2126, 3, 5)
    )
    plan = finance.fee_plan()
    return {
        "finance.billingrun": (
            finance.billing_run(plan=plan), finance.billing_run(plan=plan, status="failed"),
        ),
        "finance.discount": (
            finance.discount(),
            finance.discount(kind="sibling", is_active=False),
        ),
        "finance.fee": (finance.fee(), finance.fee(is_active=False)),
        "finance.feeplan": (
            plan,
            finance.fee_plan(
                audience="class", school_class=school.school_class, is_active=False
            ),
        ),
        "finance.invoice": (school.invoice, invoice),
        "finance.onlineevent": (
            finance.online_event(), finance.online_event(outcome="problem"),
        ),
        "finance.payment": (
            school.payment,
            finance.payment(
                student=school.other_student, payment_method="bank_transfer",
                payment_date=date(2026, 1, 7),
            ),
        ),
        "finance.paymentreminder": (
            finance.payment_reminder(invoice=school.invoice),
            finance.payment_reminder(
                invoice=school.invoice, stage=2, reminder_date=date(2026, 5, 1)
            ),
        ),
        "finance.reminderoptout": (
            finance.reminder_opt_out(student=school.student),
            finance.reminder_opt_out(student=school.other_student),
        ),
    }  # fmt: skip


@pytest.fixture
def two(cast):
    """{label: (a row, another row that differs from it by every filter)} of school A."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        pairs = {
            "academics.closedday": (
                school.closed_day,
                ClosedDay.objects.create(
                    name="May", start_date=date(2026, 5, 1), end_date=date(2026, 5, 1)
                ),
            ),
            "academics.absencecall": (
                school.absence_call,
                academics.absence_call(
                    student=school.other_student, outcome="excused", day=date(2026, 4, 1)
                ),
            ),
            "academics.dailyattendance": (
                school.daily_mark,
                academics.daily_attendance(
                    student=school.other_student, status="absent", day=date(2026, 4, 1)
                ),
            ),
            "academics.schedule": (
                school.schedule,
                Schedule.objects.create(
                    school_class=school.other_class, weekday=school.schedule.weekday % 7 + 1,
                    start_time="08:00", end_time="09:00",
                ),
            ),
            "core.personfield": (
                school.person_field,
                core.person_field(role="teacher", readers="office", is_archived=True),
            ),
            "core.homeroom": (school.homeroom, school.other_homeroom),
            "core.yeargroup": (school.year_group, school.other_year_group),
            "core.mail": (
                school.mail,
                Mail.objects.create(
                    recipient=school.teacher, address=school.teacher.email, kind="password",
                    state="sent", requested_by=school.admin,
                ),
            ),
            "exchange.export": (
                school.export,
                Export.objects.create(
                    kind="school", template_id="x", template_version="1", filename="x.zip",
                    status="failed", requested_by=school.admin,
                ),
            ),
            "exchange.importbatch": (
                school.import_batch,
                ImportBatch.objects.create(
                    target="academics.grade", filename="x.csv", digest="0" * 64,
                    status="previewed", requested_by=school.admin,
                ),
            ),
            "reporting.reportschedule": (
                school.report_schedule,
                ReportSchedule.objects.create(
                    owner=school.admin, name="Off", report="user_roster_v1", weekday=1,
                    is_active=False,
                ),
            ),
            **money(school),
            "oneroster.sourcedrecord": (
                school.sourced_record,
                SourcedRecord.objects.create(
                    entity="results", sourced_id="r1", data={},
                ),
            ),
        }  # fmt: skip
        for label, values in OTHER.items():
            model = apps.get_model(label)
            rows = [row for row in vars(school).values() if type(row) is model][:2]
            if model is User:
                rows = [school.student, school.outsider]
            if values:
                model.objects.filter(pk=rows[1].pk).update(**values)
            pairs[label] = tuple(model.objects.get(pk=row.pk) for row in rows)
    return pairs


def specs(client, label):
    response = client.get(list_url(apps.get_model(label)))
    return response.context["cl"].filter_specs


@pytest.mark.parametrize("label", sorted(POLICY_TABLE))
def test_a_filter_by_a_field_shows_the_rows_with_the_value(client, cast, sign_in, two, label):
    sign_in(client, cast.a, cast.a.admin)
    if label == "academics.submission":
        with tenant_context(cast.a.tenant, cast.a.admin):
            Grade.objects.filter(submission=two[label][1]).delete()
            two[label][1].refresh_from_db()
    filters = specs(client, label)
    terms = any(getattr(spec, "parameter_name", None) == "term" for spec in filters)
    whole = {"term": "all"} if terms else {}
    for spec in filters:
        if getattr(spec, "parameter_name", None) in OWN_FILTERS or label == "core.auditlog":
            continue  # below
        chosen_row, other = two[label]
        with tenant_context(cast.a.tenant, cast.a.admin):
            chosen, not_chosen = choose(spec, chosen_row), choose(spec, other)
            every = apps.get_model(label).objects.all()
            same = {row.pk for row in every if choose(spec, row) == chosen}
        assert chosen != not_chosen, spec.field_path
        assert chosen_row.pk in same
        assert shown(client, cast.a, label, whole | chosen) == same


@pytest.mark.parametrize(
    "label", sorted(set(POLICY_TABLE) & {f"academics.{name}" for name in (
        "assignment", "attendance", "classsession", "enrollment", "grade", "schedule",
        "schoolclass", "submission")}),
)  # fmt: skip
def test_the_filter_of_terms(client, cast, sign_in, two, label):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(term=cast.a.term)
    of_term, without = (row.pk for row in two[label])
    for value, rows in [
        ("all", {of_term, without}),
        (str(cast.a.term.pk), {of_term}),
        ("none", {without}),
        ("", {of_term, without}),  # the current term, and what is of none
    ]:
        assert shown(client, cast.a, label, {"term": value}) == rows, value


@pytest.mark.parametrize("label", ["core.user", "academics.schoolclass"])
def test_the_filter_of_what_was_deleted(client, cast, sign_in, two, label):
    sign_in(client, cast.a, cast.a.admin)
    model, gone = apps.get_model(label), two[label][1]
    with tenant_context(cast.a.tenant, cast.a.admin):
        everything = set(model.objects.values_list("pk", flat=True))
        model.objects.get(pk=gone.pk).delete()
    for value, rows in [
        ("yes", {gone.pk}),
        ("all", everything),
        ("", everything - {gone.pk}),
    ]:
        assert shown(client, cast.a, label, {"deleted": value}) == rows, value


def test_the_filter_of_logins(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.other_guardian.pk).update(status="suspended")
        contact = Guardian.objects.create(name="No login")
    signs_in = {cast.a.guardian_record.pk}
    others = {cast.a.other_guardian_record.pk, contact.pk}
    for value, rows in [("yes", signs_in), ("no", others), ("", signs_in | others)]:
        assert shown(client, cast.a, "core.guardian", {"login": value}) == rows, value


def test_the_filters_of_records(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        core.person_field(key="bus", label="Takes the bus", kind="yes_no")
        User.objects.filter(pk=cast.a.student.pk).update(metadata={"gender": "Male", "bus": True})
        User.objects.filter(pk=cast.a.other_student.pk).update(metadata={"bus": False})
        everybody = set(User.objects.values_list("pk", flat=True))
    student, other = cast.a.student.pk, cast.a.other_student.pk
    for parameters, rows in [
        ({"record_gender": "Male"}, {student}),
        ({"record_gender": "Female"}, set()),
        ({"record_bus": "true"}, {student}),
        ({"record_bus": "false"}, {other}),
        ({"record_bus": ""}, everybody),
    ]:
        assert shown(client, cast.a, "core.user", parameters) == rows, parameters


def test_the_filters_of_year_groups_and_homerooms(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        nowhere = core.user(role="student", email="nowhere@a.example")
        only_year = core.user(role="student", email="year@a.example", year_group=cast.a.year_group)
    student = cast.a.student.pk
    for value, rows in [
        (value_of(cast.a.homeroom), {student}),
        (value_of(cast.a.year_group), {student, only_year.pk}),
        ("none:homeroom", {nowhere.pk, only_year.pk}),
        ("none:year", {nowhere.pk}),
        (value_of(cast.b.homeroom), set()),
        ("x", set()),
        ("year:x", set()),
    ]:
        assert shown(client, cast.a, "core.user", {"group": value}) == rows, value


def test_the_filters_of_the_audit_trail(client, cast, sign_in, two):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.closed_day.delete()
        trail = list(AuditLog.objects.values_list("pk", "resource_type", "action", "user_id"))
    for parameters, meant in [
        ({"kind": "grade"}, lambda kind, action, user: kind == "grade"),
        ({"verb": "created"}, lambda kind, action, user: action.endswith("_created")),
        ({"verb": "updated"}, lambda kind, action, user: action.endswith("_updated")),
        ({"verb": "deleted"}, lambda kind, action, user: action.endswith("_deleted")),
        ({"user__id__exact": str(cast.a.admin.pk)}, lambda *row: row[2] == cast.a.admin.pk),
    ]:
        rows = {pk for pk, *row in trail if meant(*row)}
        assert 0 < len(rows) < len(trail), parameters
        assert shown(client, cast.a, "core.auditlog", parameters) == rows, parameters


@pytest.mark.parametrize(
    ("label", "name", "values"),
    [
        ("exchange.importbatch", "target", ("core.user", "academics.grade")),
        ("oneroster.sourcedrecord", "entity", (None, "results")),
    ],
)
def test_the_filters_of_what_was_imported(client, cast, sign_in, two, label, name, values):
    sign_in(client, cast.a, cast.a.admin)
    for row, value in zip(two[label], values, strict=True):
        value = value or getattr(row, name)
        assert shown(client, cast.a, label, {name: value}) == {row.pk}


def test_the_filter_of_an_exports_time(client, cast, sign_in, two):
    sign_in(client, cast.a, cast.a.admin)
    old, new = two["exchange.export"]
    with tenant_context(cast.a.tenant, cast.a.admin):
        for row, moment in ((old, "2026-03-01T12:00Z"), (new, "2026-03-08T12:00Z")):
            Export.objects.filter(pk=row.pk).update(created_at=moment)
    for limits, rows in [
        ({"created_at_from_0": "2026-03-05"}, {new.pk}),
        ({"created_at_to_0": "2026-03-05"}, {old.pk}),
        ({"created_at_from_0": "2026-02-01", "created_at_to_0": "2026-03-31"}, {old.pk, new.pk}),
        ({"created_at_from_0": "2026-03-03", "created_at_to_0": "2026-03-06"}, set()),
    ]:
        assert shown(client, cast.a, "exchange.export", limits) == rows, limits
