"""The audit trail: every change by whoever and however, only what changed, never a password."""

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from academics.models import Enrollment, SchoolClass
from core.models import AuditLog, Conversation, Tenant, User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from reporting.models import SavedFilter

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A in its admin's context, as in a request."""
    request = {"request_id": "r1", "ip_address": "10.0.0.1"}
    with tenant_context(cast.a.tenant, cast.a.admin, request=request):
        yield cast.a


def trail(row, skip=("created",)):
    """Return [(action, changes)] of a row, oldest first, without the cast's own beginnings."""
    entries = AuditLog.objects.filter(resource_id=row.pk).order_by("timestamp", "id")
    return [
        (e.action, e.changes)
        for e in entries
        if not e.action.endswith(tuple(f"_{s}" for s in skip))
    ]


def test_an_update_names_actor_request_and_only_what_changed(school):
    school.school_class.name = "Algebra"
    school.school_class.save()
    entry = AuditLog.objects.get(resource_id=school.school_class.pk, action="class_updated")
    assert entry.user_id == school.admin.pk
    assert (entry.resource_type, entry.tenant_id) == ("class", school.tenant.pk)
    assert entry.changes == {"name": {"before": "Own Class", "after": "Algebra"}}
    assert entry.metadata == {"request_id": "r1", "ip_address": "10.0.0.1", "role": "admin"}


def test_a_new_row_says_what_it_began_with(school):
    made = SchoolClass.objects.create(name="Art", start_date="2026-01-05", teacher=school.teacher)
    ((action, changes),) = trail(made, skip=())
    assert action == "class_created"
    assert changes == {
        "name": {"before": None, "after": "Art"},
        "status": {"before": None, "after": "active"},
        "capacity": {"before": None, "after": 20},
        "start_date": {"before": None, "after": "2026-01-05"},
        "teacher_id": {"before": None, "after": str(school.teacher.pk)},
    }


def test_a_deleted_row_says_what_it_was(school):
    draft = Invoice.objects.create(student=school.student, amount=40, due_date="2030-01-01")
    key = draft.pk
    draft.delete()
    draft.pk = key
    ((action, changes),) = trail(draft)
    assert action == "invoice_deleted"
    assert changes["amount"] == {"before": 40.00, "after": None}
    assert changes["currency"] == {"before": "USD", "after": None}


def test_a_soft_delete_is_a_deletion_and_a_restore_an_update(school):
    made = SchoolClass.objects.create(name="Art", start_date="2026-01-05")
    made.delete()
    made.restore()
    actions = [(action, sorted(changes)) for action, changes in trail(made)]
    assert actions == [("class_deleted", ["deleted_at"]), ("class_updated", ["deleted_at"])]


def test_an_update_that_changes_nothing_leaves_no_trace(school):
    school.school_class.save()
    SchoolClass.objects.update(status="active")
    assert trail(school.school_class) == []


def test_a_password_is_only_said_to_have_changed(school):
    before = school.teacher.password
    earlier = trail(school.teacher)
    school.teacher.set_password("another-long-password")
    school.teacher.save()
    assert trail(school.teacher) == [
        *earlier,
        ("user_updated", {"password": {"before": "[hidden]", "after": "[hidden]"}}),
    ]
    User.objects.create_user("n@example.com", "a-new-password", name="N", role="student")
    with connection.cursor() as cursor:
        cursor.execute("SELECT changes::text || metadata::text FROM audit_logs")
        texts = " ".join(row[0] or "" for row in cursor.fetchall())
    assert before not in texts
    assert "md5$" not in texts


def test_a_bulk_change_leaves_one_entry_a_row(school):
    SchoolClass.objects.update(subject="Maths")
    for row in (school.school_class, school.other_class):
        assert trail(row) == [("class_updated", {"subject": {"before": None, "after": "Maths"}})]


def test_raw_sql_is_audited_like_any_other_change(school):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE assignments SET title = 'x' WHERE id = %s", [school.assignment.pk])
    assert trail(school.assignment) == [
        ("assignment_updated", {"title": {"before": "essay", "after": "x"}})
    ]


def test_what_a_trigger_changes_is_the_persons_doing(school):
    Payment.objects.create(
        invoice=school.invoice, student=school.student, amount=60, payment_method="cash"
    )
    entry = AuditLog.objects.filter(resource_id=school.invoice.pk, user=school.admin).get()
    assert entry.changes == {"status": {"before": "overdue", "after": "paid"}}


def test_a_teacher_is_named_too(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(current_grade="A")
    with tenant_context(cast.a.tenant, cast.a.admin):
        entry = AuditLog.objects.get(
            resource_id=cast.a.enrollment.pk, changes__has_key="current_grade", user__isnull=False
        )
    assert (entry.user_id, entry.action) == (cast.a.teacher.pk, "enrollment_updated")
    assert entry.metadata == {"role": "teacher"}


def test_a_command_without_a_person_is_named_by_its_role(cast):
    with tenant_context(cast.a.tenant, role="admin"):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(subject="Art")
        entry = AuditLog.objects.get(resource_id=cast.a.school_class.pk, action="class_updated")
    assert (entry.user_id, entry.metadata) == (None, {"role": "admin"})


def test_an_operator_is_named_in_the_metadata(cast):
    with tenant_context(cast.platform, cast.operator):
        Tenant.objects.filter(pk=cast.a.tenant.pk).update(status="suspended")
    with tenant_context(cast.a.tenant, cast.a.admin):
        entry = AuditLog.objects.get(resource_type="tenant", action="tenant_updated")
    assert entry.user_id is None
    assert entry.metadata == {"role": "admin", "operator_id": str(cast.operator.pk)}
    assert entry.changes == {"status": {"before": "active", "after": "suspended"}}


def test_each_school_reads_its_own_trail(cast):
    for school, other in ((cast.a, cast.b), (cast.b, cast.a)):
        with tenant_context(school.tenant, school.admin):
            entries = set(AuditLog.objects.values_list("tenant_id", flat=True))
            assert entries == {school.tenant.pk}
            assert not AuditLog.objects.filter(resource_id=other.school_class.pk).exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_logs SET action = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "INSERT INTO audit_logs (tenant_id, action) VALUES (app.tenant_id(), 'x')",
        "SELECT cleanup_old_audit_logs()",
        "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "SELECT app.watch('users', 'user')",
    ],
)
def test_nobody_at_a_school_can_touch_the_trail(school, sql):
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert isinstance(error.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_application_cannot_switch_the_trail_off(school):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.audit = 'off'")
    SchoolClass.objects.filter(pk=school.school_class.pk).update(subject="Art")
    assert len(trail(school.school_class)) == 1


@pytest.mark.django_db(databases=["default", "owner"])
def test_not_even_the_owner_changes_an_entry():
    with (
        pytest.raises(DatabaseError, match="cannot be changed"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute("UPDATE audit_logs SET action = 'x'")


# What is never in the trail ---------------------------------------------------------------------


def test_counted_columns_and_times_are_left_out(school):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT resource_type, key FROM audit_logs, jsonb_object_keys(changes) key"
            " WHERE key IN ('updated_at', 'created_at', 'id', 'tenant_id', 'enrolled_count',"
            " 'attendance_rate')"
        )
        assert cursor.fetchall() == []


def test_a_private_conversation_is_audited_for_its_school(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        talk = Conversation.objects.create(
            user=cast.a.student, title="Private", messages=[{"role": "user"}]
        )
        Conversation.objects.filter(pk=talk.pk).update(messages=[], title="Still private")
    with tenant_context(cast.a.tenant, cast.a.teacher):
        kept = SavedFilter.objects.create(
            user=cast.a.teacher, report="r", name="Mine", filters={"student": "Ana"}
        )
    with tenant_context(cast.a.tenant, cast.a.admin):
        # That there is one, and nothing of what is in it.
        assert [(action, sorted(changes)) for action, changes in trail(talk, skip=())] == [
            ("conversation_created", ["user_id"])
        ]
        assert [(action, sorted(changes)) for action, changes in trail(kept, skip=())] == [
            ("saved_filter_created", ["report", "user_id"])
        ]


def test_nested_values_are_kept_as_they_are(school):
    content = [{"question": "1 + 1", "answers": [2, None, "two"]}]
    school.assignment.content = content
    school.assignment.save()
    assert trail(school.assignment) == [
        ("assignment_updated", {"content": {"before": None, "after": content}})
    ]
