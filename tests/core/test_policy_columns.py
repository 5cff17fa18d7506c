"""Which columns a role may change, and what else a policy says about the cast's own rows.

Beside tests.core.test_policies, whose rows of every kind would stand in the way here.
"""

import uuid

import pytest
from django.db import connection, transaction

from academics.models import Assignment
from core.models import User
from core.rls import tenant_context
from tests.core.test_policies import attempt, claim, columns, fetch, new_submission, undone

pytestmark = pytest.mark.database

# Columns: who may change what of a row they may update -------------------------------------------

OWN_PROFILE = ["phone", "avatar_url", "preferences", "last_login", "email_verified"]


@pytest.mark.parametrize("viewer", ["registrar", "bursar", "teacher", "student", "guardian"])
@pytest.mark.parametrize("column", OWN_PROFILE)
def test_ones_own_profile_may_be_changed(cast, viewer, column):
    person = getattr(cast.a, viewer)
    with tenant_context(cast.a.tenant, cast.a.admin):
        # What the database generates from it is not changed by whoever changes their own row.
        number = '{"student_number": "S-1", "birth_date": "2012-05-01"}'
        assert attempt("UPDATE users SET metadata = %s WHERE id = %s", [number, person.pk])
    values = {"preferences": "{}", "last_login": "2026-01-01", "email_verified": True}
    value = values.get(column, "new")
    with tenant_context(cast.a.tenant, person):
        sql = f"UPDATE users SET {column} = %s WHERE id = %s"
        assert attempt(sql, [value, person.pk])


@pytest.mark.parametrize("viewer", ["registrar", "bursar", "teacher", "student", "guardian"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "Somebody Else"),
        ("metadata", '{"student_number": "1"}'),
        ("role", "admin"),
        ("tenant_id", "other"),
        ("status", "suspended"),
        ("email", "new@example.com"),
        ("auth_id", "3f3f3f3f-0000-4000-8000-000000000001"),
        ("deleted_at", "2026-01-01"),
        ("id", "3f3f3f3f-0000-4000-8000-000000000002"),
    ],
)
def test_what_the_school_knows_one_by_may_not(cast, viewer, column, value):
    person = getattr(cast.a, viewer)
    value = cast.b.tenant.pk if value == "other" else value
    sql = f"UPDATE users SET {column} = %s WHERE id = %s"
    with tenant_context(cast.a.tenant, person):
        assert not attempt(sql, [value, person.pk])
    if column in ("name", "metadata", "role", "status", "email"):
        with tenant_context(cast.a.tenant, cast.a.admin):
            assert attempt(sql, [value, person.pk])


@pytest.mark.parametrize("viewer", ["admin", "teacher"])
@pytest.mark.parametrize(
    ("column", "value", "teacher_may"),
    [
        ("current_grade", "B", True),
        ("completion_date", "2026-06-01", True),
        ("status", "completed", True),
        ("enrollment_date", "2025-12-01", False),
        ("student_id", "other_student", False),
        ("class_id", "other_class", False),
    ],
)
def test_a_teacher_grades_and_completes_an_enrollment(cast, viewer, column, value, teacher_may):
    value = getattr(cast.a, value).pk if column.endswith("_id") else value
    with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
        sql = f"UPDATE enrollments SET {column} = %s WHERE id = %s"
        done = undone(lambda: attempt(sql, [value, cast.a.enrollment.pk]))
    assert done == (teacher_may or viewer == "admin")


@pytest.mark.parametrize("viewer", ["admin", "teacher"])
@pytest.mark.parametrize(
    ("before", "after", "teacher_may"),
    [
        ("active", "completed", True),
        ("active", "dropped", False),
        ("completed", "active", False),
        ("completed", "dropped", False),
        ("dropped", "active", False),
        ("dropped", "completed", False),
        ("dropped", "dropped", True),
    ],
)
def test_who_is_enrolled_is_the_offices(cast, viewer, before, after, teacher_may):
    change = "UPDATE enrollments SET status = %s WHERE id = %s"
    with tenant_context(cast.a.tenant, cast.a.admin):
        attempt(change, [before, cast.a.enrollment.pk])
    with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
        done = undone(lambda: attempt(change, [after, cast.a.enrollment.pk]))
    assert done == (teacher_may or viewer == "admin")


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("name", "New name", True),
        ("contact_email", "new@example.com", True),
        ("settings", "{}", True),
        ("status", "suspended", False),
        ("subdomain", "new", False),
        ("schema_name", "public", False),
    ],
)
def test_a_school_changes_its_settings_not_its_status(cast, column, value, allowed):
    sql = f"UPDATE tenants SET {column} = %s WHERE id = %s"
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert attempt(sql, [value, cast.a.tenant.pk]) == allowed
    with tenant_context(cast.platform, cast.operator):
        if column in ("status", "subdomain"):
            assert attempt(sql, [value, cast.a.tenant.pk])


# A student's work -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [("content", "{}"), ("attachments", "[]"), ("submitted_at", "2026-01-01")],
)
def test_a_teacher_does_not_rewrite_what_was_handed_in(cast, column, value):
    sql = f"UPDATE submissions SET {column} = %s WHERE id = %s"
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert not attempt(sql, [value, cast.a.submission.pk])
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert attempt(sql, [value, cast.a.submission.pk])


def test_a_student_cannot_hand_in_for_a_closed_assignment_or_class(cast):
    new = columns("submissions", cast.a, **new_submission(cast.a, "own"))
    sql = f"INSERT INTO submissions ({', '.join(new)}) VALUES (%s, %s, %s)"
    changes = [
        ("UPDATE assignments SET status = 'closed' WHERE id = %s", new["assignment_id"]),
        ("UPDATE classes SET status = 'completed' WHERE id = %s", cast.a.school_class.pk),
        ("UPDATE enrollments SET status = 'dropped' WHERE id = %s", cast.a.enrollment.pk),
    ]
    for change, key in changes:
        with transaction.atomic():
            with tenant_context(cast.a.tenant, cast.a.admin):
                assert attempt(change, [key])
            with tenant_context(cast.a.tenant, cast.a.student):
                assert not attempt(sql, list(new.values()))
            transaction.set_rollback(True)
    with tenant_context(cast.a.tenant, cast.a.student):
        assert attempt(sql, list(new.values()))


def test_a_student_cannot_grade_themselves(cast):
    new = columns("submissions", cast.a, **new_submission(cast.a, "own"), status="graded")
    names, marks = ", ".join(new), ", ".join(["%s"] * len(new))
    with tenant_context(cast.a.tenant, cast.a.student):
        assert not attempt(
            f"INSERT INTO submissions ({names}) VALUES ({marks})", list(new.values())
        )


def test_a_student_does_not_see_the_assignments_of_a_class_that_ended(cast):
    def seen(person):
        with tenant_context(cast.a.tenant, person):
            return set(Assignment.objects.all())

    assert seen(cast.a.student) == {cast.a.assignment}
    with tenant_context(cast.a.tenant, cast.a.admin):
        fetch("UPDATE classes SET status = 'completed' RETURNING id", [])
    assert seen(cast.a.student) == set()
    assert seen(cast.a.teacher) == {cast.a.assignment}


def fetch_all(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [pk for (pk,) in cursor.fetchall()]


OWN = {
    "classes": "school_class",
    "schedules": "schedule",
    "class_sessions": "session",
    "assignments": "assignment",
    "assignment_weights": "assignment_weight",
}


@pytest.mark.parametrize("table", OWN)
def test_who_dropped_a_class_reads_it_no_more_nor_do_their_guardians(cast, table):
    row = getattr(cast.a, OWN[table])
    for status, seen in (("active", [row.pk]), ("dropped", [])):
        with tenant_context(cast.a.tenant, cast.a.admin):
            fetch_all("UPDATE enrollments SET status = %s RETURNING id", [status])
        for person in (cast.a.student, cast.a.guardian):
            with tenant_context(cast.a.tenant, person):
                assert fetch_all(f"SELECT id FROM {table}") == seen


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET deleted_at = now() WHERE role = 'student' RETURNING id",
        "UPDATE student_guardians SET portal_access = false RETURNING id",
        "DELETE FROM student_guardians RETURNING id",
    ],
)
@pytest.mark.parametrize("table", ["enrollments", "attendance", "grades", "invoices", "payments"])
def test_a_guardian_whose_child_is_no_longer_theirs_reads_nothing(cast, table, change):
    def seen():
        with tenant_context(cast.a.tenant, cast.a.guardian):
            return len(fetch_all(f"SELECT id FROM {table}"))

    assert seen() == 1
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert len(fetch_all(change)) == 2
    assert seen() == 0


# Supabase's identity ----------------------------------------------------------------------------


def test_a_person_is_known_by_the_account_of_a_supabase_token(cast):
    account = uuid.uuid4()
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(auth_id=account)
    with tenant_context(cast.a.tenant, role="student"):
        assert list(User.objects.all()) == []
        claim({"sub": str(account)})
        assert list(User.objects.all()) == [cast.a.student]
        claim("")
        assert list(User.objects.all()) == []
