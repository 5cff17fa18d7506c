"""What PostgreSQL keeps of applications: the steps, who decided, and that none else reads them."""

import pytest
from django.db import connection

from academics.models import Application, ApplicationDocument
from core.models import Tenant
from core.rls import tenant_context
from tests.factories import academics, core
from tests.refusals import refused_by

pytestmark = pytest.mark.database

OPEN, STEPS = ("inquiry", "applied"), ("inquiry", "applied", "accepted", "enrolled")
ALL = (*STEPS, "declined", "withdrawn")
ALLOWED = {
    ("inquiry", "applied"),
    ("inquiry", "declined"),
    ("inquiry", "withdrawn"),
    ("applied", "accepted"),
    ("applied", "declined"),
    ("applied", "withdrawn"),
    ("accepted", "enrolled"),
    ("accepted", "declined"),
    ("accepted", "withdrawn"),
    ("declined", "applied"),
    ("withdrawn", "applied"),
}


@pytest.fixture
def school(cast):
    """School A in its admin's context."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def move(row, status, **fields):
    """Change the status as any client could; who is declined has a reason."""
    given = {"status": status, "reason": "full"} | fields
    Application.objects.filter(pk=row.pk).update(**given)
    row.refresh_from_db()


def at(school, status):
    """Return an application that came to a status by its steps."""
    row = academics.application(status="applied" if status != "inquiry" else "inquiry")
    for step in {"accepted": ["accepted"], "enrolled": ["accepted", "enrolled"]}.get(
        status, [] if status in OPEN else [status]
    ):
        move(row, step, **({"student": school.student} if step == "enrolled" else {}))
    return row


@pytest.mark.parametrize("before", ALL)
@pytest.mark.parametrize("after", ALL)
def test_the_steps(school, before, after):
    if before == after:
        return
    row = at(school, before)
    student = school.student if after == "enrolled" else None
    if (before, after) in ALLOWED:
        move(row, after, student=student)
        assert row.status == after
    else:
        rule = "application_keeps_student" if before == "enrolled" else "application_step"
        with refused_by(rule):
            move(row, after, student=student)


@pytest.mark.parametrize("status", ["accepted", "enrolled", "declined", "withdrawn"])
def test_it_begins_at_the_beginning(school, status):
    with refused_by("application_begins"):
        academics.application(status=status, reason="full", student=school.student)


def test_who_enters_and_who_decides_is_whoever_is_asking(school):
    row = academics.application(entered_by=school.registrar, source="form")
    row.refresh_from_db()
    assert (row.entered_by_id, row.source) == (school.admin.pk, "office")
    move(row, "applied", decided_by=school.registrar)
    assert (row.decided_by_id, row.decided_at, row.reason) == (None, None, None)
    with tenant_context(school.tenant, school.registrar):
        move(row, "accepted", decided_by=school.admin)
    assert row.decided_by_id == school.registrar.pk
    decided_at = row.decided_at
    Application.objects.update(decided_at=None, decided_by=None, notes="called", source="form")
    row.refresh_from_db()
    assert (row.decided_at, row.source, row.notes) == (decided_at, "office", "called")


def test_the_student_of_an_application_stays_and_is_of_the_school(cast, school):
    row = at(school, "accepted")
    with refused_by("applications_student_fk"):
        move(row, "enrolled", student=cast.b.student)
    with refused_by("check_application_student"):
        move(row, "enrolled", student=None)
    with refused_by("check_application_student"):
        Application.objects.filter(pk=row.pk).update(student=school.student)
    move(row, "enrolled", student=school.student)
    with refused_by("application_keeps_student"):
        Application.objects.filter(pk=row.pk).update(student=school.other_student)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("check_application_status", {"status": "lost"}),
        ("check_application_first_name", {"first_name": "  "}),
        ("check_application_last_name", {"last_name": ""}),
        ("check_application_guardian", {"guardian_name": " "}),
        ("check_application_contact", {"guardian_email": None}),
        ("check_application_email", {"guardian_email": "nobody"}),
        ("check_application_relation", {"guardian_relation": "boss"}),
        ("check_application_birth_date", {"birth_date": "0212-02-02"}),
        ("check_application_entry_date", {"entry_date": "9212-02-02"}),
        ("check_application_record", {"record": ["a list"]}),
        ("check_application_message", {"message": "x" * 4001}),
    ],
)
def test_what_an_application_needs(school, rule, fields):
    rule = "application_begins" if rule == "check_application_status" else rule
    with refused_by(rule):
        academics.application(**fields)


def test_who_is_declined_is_told_why(school):
    row = academics.application()
    with refused_by("check_application_reason"):
        move(row, "declined", reason=None)
    move(row, "declined", reason="no places left")
    assert (row.reason, row.decided_by_id) == ("no places left", school.admin.pk)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("check_application_document_name", {"stored_name": "absences/x"}),
        ("check_application_document_type", {"content_type": "text/html"}),
        ("check_application_document_size", {"size": 0}),
        ("idx_application_documents_file", {"stored_name": "applications/same"}),
    ],
)
def test_what_a_document_is(school, rule, fields):
    academics.application_document(application=school.application, stored_name="applications/same")
    with refused_by(rule):
        academics.application_document(application=school.application, **fields)


def test_documents_go_with_their_application(school):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM applications WHERE id = %s", [school.application.pk])
        assert cursor.rowcount == 1
    assert not ApplicationDocument.objects.exists()


# --- attacks ------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["bursar", "teacher", "student", "guardian"])
@pytest.mark.parametrize("table", ["applications", "application_documents"])
def test_nobody_but_the_peoples_office_reads_or_writes(cast, who, table):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        for statement in (
            f"SELECT id FROM {table}",
            f"DELETE FROM {table}",
            f"UPDATE {table} SET created_at = now()",
        ):
            with refused_by("privilege"), connection.cursor() as cursor:
                cursor.execute(statement)


@pytest.mark.parametrize("table", ["applications", "application_documents"])
def test_a_stranger_reads_nothing(cast, table):
    with tenant_context(cast.a.tenant), refused_by("privilege"), connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")


def test_another_schools_application_is_not_there(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        rows = Application.objects.filter(pk=cast.a.application.pk)
        assert (rows.count(), rows.update(notes="mine"), rows.delete()[0]) == (0, 0, 0)
        with refused_by("application_documents_application_fk"):
            academics.application_document(application_id=cast.a.application.pk)
        with refused_by("policy"):
            academics.application(tenant=cast.a.tenant)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Application.objects.get(pk=cast.a.application.pk).notes is None
        assert Tenant.objects.get().pk == cast.a.tenant.pk


def test_who_left_the_school_keeps_the_application(school):
    student = core.user()
    row = at(school, "accepted")
    move(row, "enrolled", student=student)
    student.delete()
    row.refresh_from_db()
    assert row.student_id == student.pk
