"""The audit trail names the record that an entry is about, links to it, and is searched by it."""

from datetime import date

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Enrollment, Grade, SchoolClass
from core.audit import records
from core.audit.changes import KINDS
from core.models import AuditLog, User
from core.rls import tenant_context
from tests.core.admin.test_refusals import url

pytestmark = pytest.mark.django_db
TRAIL = "/admin/core/auditlog/"


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def entries(office, **query):
    return list(office.get(TRAIL, query).context["cl"].result_list)


def text_of_trail(office, **query):
    """Return the actions of the entries as the list shows them, a set."""
    model_admin = office.get(TRAIL, query).context["cl"].model_admin
    return {model_admin.shown_action(entry) for entry in entries(office, **query)}


def test_every_kind_of_the_trail_has_a_name():
    assert records.NAMES.keys() == KINDS.keys()


def test_an_entry_names_its_record_and_what_changed(office, cast):
    with as_admin(cast.a):
        User.objects.filter(pk=cast.a.student.pk).update(phone="555-1")
    # The newest; the people of the cast were given passwords before.
    entry = next(e for e in entries(office) if e.action == "user_updated")
    assert (entry.record_name, set(entry.changes)) == ("Student", {"phone"})
    assert "Person changed: Student" in text_of_trail(office)
    page = office.get(TRAIL).content.decode()
    assert page.count(f'href="{url(User, "change", cast.a.student)}"') >= 1
    html = office.get(url(AuditLog, "change", entry)).content.decode()
    assert "Person changed: Student" in " ".join(html.split())


def test_rows_are_named_by_what_they_belong_to(cast):
    wanted = {
        "enrollment": cast.a.enrollment,
        "grade": cast.a.grade,
        "attendance": cast.a.attendance,
        "payment": cast.a.payment,
    }
    with as_admin(cast.a):
        logs = [AuditLog(resource_type=k, resource_id=r.pk, action="") for k, r in wanted.items()]
        names = records.names(logs)
    assert {kind: name for (kind, _key), name in names.items()} == {
        "enrollment": "Student – Own Class",
        "grade": "Student – essay",
        "attendance": f"Student – Own Class – {DAY}",
        "payment": "INV-1 – Student",
    }


DAY = "2 Feb 2026"


def test_a_deleted_row_is_named_by_what_the_trail_says_it_was(office, cast):
    with as_admin(cast.a):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=3)
        Grade.objects.filter(pk=cast.a.grade.pk).delete()
    shown = text_of_trail(office, kind="grade")
    assert {"Grade changed: Student – essay", "Grade deleted: Student – essay"} <= shown


def test_another_schools_rows_have_no_name(cast):
    with as_admin(cast.b):
        log = AuditLog(resource_type="user", resource_id=cast.a.student.pk, action="")
        assert records.names([log]) == {}


def search_trail(office, words):
    return {(e.resource_type, e.resource_id) for e in entries(office, q=words)}


def test_the_search_finds_a_person_and_their_rows(office, cast):
    with as_admin(cast.a):
        emma = User.objects.create_user("emma@a.example", name="Emma Williams", role="student")
        User.objects.create_user("emma2@a.example", name="Emma Brown", role="student")
        place = Enrollment.objects.create(
            student=emma, school_class=cast.a.school_class, enrollment_date=date(2026, 1, 5)
        )
        emma.phone = "555-1"
        emma.save(update_fields=["phone"])
    assert search_trail(office, "emma williams") == {("user", emma.pk), ("enrollment", place.pk)}
    assert search_trail(office, "williams brown") == set()


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("Own Class", "class", "school_class"),
        ("OTHER_INV-1", "invoice", "other_invoice"),
        ("other_essay", "assignment", "other_assignment"),
        ("Spring", "term", "term"),
        ("other_guardian", "guardian", "other_guardian_record"),
    ],
)
def test_the_search_finds_other_records(office, cast, words, kind, name):
    assert (kind, getattr(cast.a, name).pk) in search_trail(office, words)


def test_the_search_still_finds_who_did_it(office, cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=3)
    assert ("grade", cast.a.grade.pk) in search_trail(office, cast.a.teacher.email)


def test_all_changes_of_one_record(office, cast):
    with as_admin(cast.a):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=30)
    key = cast.a.school_class.pk
    address = reverse("admin:core_auditlog_changelist") + f"?record=class.{key}"
    assert address in office.get(TRAIL).content.decode()
    assert {e.resource_id for e in entries(office, record=f"class.{key}")} == {key}
    assert {e.action for e in entries(office, record=f"class.{key}")} == {
        "class_created",
        "class_updated",
    }


@pytest.mark.parametrize("junk", ["x", "class.x", "nothing.5d9f0b2c-0000-4000-8000-000000000000"])
def test_junk_for_a_record_is_no_filter(office, junk):
    assert len(entries(office, record=junk)) == len(entries(office))


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_search_is_served_by_indexes(cast):
    """Of a long trail only the entries meant are read, each kind of them by its index."""
    with as_admin(cast.a):
        meant = records.matching("other_student")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_logs (tenant_id, action, resource_type, resource_id, timestamp)"
            " SELECT %s, 'attendance_created', 'attendance', gen_random_uuid(),"
            "        now() - n * interval '1 second' FROM generate_series(1, 20000) n",
            [cast.a.tenant.pk],
        )
        cursor.execute("ANALYZE audit_logs")
    with tenant_context(cast.a.tenant, role="admin", using="owner"):
        plan = AuditLog.objects.using("owner").filter(meant)[:50].explain()
    assert plan.count("Seq Scan on audit_logs") == 0
    assert plan.count("idx_audit_logs_timestamp") == 0
    # The person, a link to a guardian, and nine kinds of rows of theirs.
    assert plan.count("idx_audit_logs_resource") == 12


@pytest.mark.parametrize("times", [1, 3])
def test_the_queries_of_the_list_do_not_grow(office, cast, times):
    with as_admin(cast.a):
        for number in range(times):
            User.objects.create_user(f"n{number}@a.example", name="N", role="student")
    office.get(TRAIL)
    counts = []
    for query in ({}, {"q": "student"}):
        with CaptureQueriesContext(connection) as captured:
            office.get(TRAIL, query)
        counts.append(len([q for q in captured if "SAVEPOINT" not in q["sql"]]))
    assert counts == QUERIES


QUERIES = [9, 10]
