"""The fixed cast: two schools, their people, and one row of every kind in each."""

from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal

from django.db import connections

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    Schedule,
    SchoolClass,
    Submission,
)
from core import hosts
from core.models import Conversation, Tenant, User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from reporting.models import (
    Export,
    ImportBatch,
    ImportRow,
    ReportRecipient,
    ReportSchedule,
    SavedFilter,
    SourcedRecord,
)

PASSWORD = "a-long-enough-password"


@dataclass
class School:
    """One school and one row of every kind; `other_*` belong to the outsider teacher's class."""

    tenant: Tenant
    admin: User
    teacher: User
    outsider: User  # a teacher of another class of the same school
    student: User  # attends the teacher's class
    other_student: User  # attends the outsider's class
    school_class: SchoolClass
    other_class: SchoolClass
    schedule: Schedule
    enrollment: Enrollment
    other_enrollment: Enrollment
    session: ClassSession
    other_session: ClassSession
    attendance: Attendance
    other_attendance: Attendance
    assignment: Assignment
    other_assignment: Assignment
    submission: Submission
    other_submission: Submission
    grade: Grade
    other_grade: Grade
    invoice: Invoice
    other_invoice: Invoice
    payment: Payment
    other_payment: Payment
    conversation: Conversation
    export: Export
    sourced_record: SourcedRecord
    saved_filter: SavedFilter
    report_schedule: ReportSchedule
    report_recipient: ReportRecipient
    import_batch: ImportBatch
    import_row: ImportRow

    @property
    def host(self):
        return f"{self.tenant.subdomain}.localhost"


@dataclass
class Cast:
    a: School
    b: School
    platform: Tenant
    operator: User


def make_cast():
    """Commit the cast, as the application's role in each school's own context."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants (name, subdomain, contact_email, schema_name) VALUES"
            " ('Platform', 'platform', 'platform@example.com', 'public'),"
            " ('School A', 'school-a', 'a@example.com', 'school-a'),"
            " ('School B', 'school-b', 'b@example.com', 'school-b')"
        )
        cursor.execute(
            "INSERT INTO tenant_domains (id, domain, is_primary, tenant_id)"
            " SELECT gen_random_uuid(), subdomain || '.localhost', true, id FROM tenants"
        )
    for tenant in Tenant.objects.using("owner").all():
        with tenant_context(tenant, role="admin"):
            if tenant.is_platform:
                _person("operator", "admin", tenant)
            else:
                make_school(tenant)


def _person(name, role, tenant):
    return User.objects.create_user(
        f"{name}@{tenant.subdomain}.example", PASSWORD, name=name.title(), role=role
    )


def make_school(tenant):
    """Create one `School` in the current context and return it."""
    people = {
        name: _person(name, role, tenant)
        for name, role in [
            ("admin", "admin"),
            ("teacher", "teacher"),
            ("outsider", "teacher"),
            ("student", "student"),
            ("other_student", "student"),
        ]
    }
    own = _class_rows("", people["teacher"], people["student"], people)
    other = _class_rows("other_", people["outsider"], people["other_student"], people)
    return School(
        tenant=tenant,
        **people,
        **own,
        **other,
        schedule=Schedule.objects.create(
            school_class=own["school_class"],
            weekday=1,
            start_time=time(10),
            end_time=time(11),
            room="12",
        ),
        conversation=_conversation(tenant, people["admin"]),
        export=Export.objects.create(
            template_id="user_roster_v1",
            template_version="1",
            filename="roster.csv",
            requested_by=people["admin"],
        ),
        sourced_record=SourcedRecord.objects.create(
            entity="users", sourced_id="u1", resource_id=people["student"].pk
        ),
        saved_filter=_saved_filter(tenant, people["admin"]),
        **_schedule_rows(people["admin"]),
        **_import_rows(people),
    )


def _conversation(tenant, user):
    """Conversations are their owner's alone, so that only the owner can begin one."""
    with tenant_context(tenant, user):
        return Conversation.objects.create(user=user, title="Hello", messages=[])


def _saved_filter(tenant, user):
    """Saved filters are their owner's alone, too."""
    with tenant_context(tenant, user):
        return SavedFilter.objects.create(user=user, report="user_roster", name="Students")


def _schedule_rows(owner):
    schedule = ReportSchedule.objects.create(
        owner=owner, name="Roster on Mondays", report="user_roster_v1", weekday=1
    )
    recipient = ReportRecipient.objects.create(schedule=schedule, user=owner)
    return {"report_schedule": schedule, "report_recipient": recipient}


def _import_rows(people):
    batch = ImportBatch.objects.create(
        target="core.user",
        filename="people.csv",
        digest="0" * 64,
        status="applied",
        row_count=1,
        created_count=1,
        requested_by=people["admin"],
    )
    row = ImportRow.objects.create(
        batch=batch,
        row_number=2,
        table_name="users",
        resource_id=people["other_student"].pk,
        outcome="created",
        after={"email": people["other_student"].email},
    )
    return {"import_batch": batch, "import_row": row}


def _class_rows(prefix, teacher, student, people):
    school_class = SchoolClass.objects.create(
        name=f"{prefix or 'own_'}class".replace("_", " ").title(),
        code=f"{prefix.upper()}C1",
        teacher=teacher,
        start_date=date(2026, 1, 5),
    )
    session = ClassSession.objects.create(
        school_class=school_class,
        session_date=date(2026, 2, 2),
        start_time=time(10),
        end_time=time(11),
    )
    assignment = Assignment.objects.create(
        school_class=school_class,
        title=f"{prefix}essay",
        type="homework",
        assigned_date=date(2026, 2, 2),
        due_date=date(2026, 2, 9),
        max_score=20,
    )
    enrollment = Enrollment.objects.create(
        student=student, school_class=school_class, enrollment_date=date(2026, 1, 5)
    )
    submission = Submission.objects.create(assignment=assignment, student=student)
    invoice = Invoice.objects.create(
        invoice_number=f"{prefix.upper()}INV-1",
        student=student,
        amount=Decimal("100.00"),
        issue_date=date(2026, 1, 5),
        due_date=date(2026, 2, 5),
    )
    rows = {
        "session": session,
        "assignment": assignment,
        "enrollment": enrollment,
        "submission": submission,
        "invoice": invoice,
        "attendance": Attendance.objects.create(
            class_session=session, student=student, status="present", recorded_by=teacher
        ),
        "grade": Grade.objects.create(
            submission=submission,
            student=student,
            assignment=assignment,
            score=Decimal("17.00"),
            graded_by=teacher,
        ),
        "payment": Payment.objects.create(
            invoice=invoice,
            student=student,
            amount=Decimal("40.00"),
            payment_method="cash",
            recorded_by=people["admin"],
        ),
    }
    named = {f"{prefix}{name}": row for name, row in rows.items()}
    return named | {"other_class" if prefix else "school_class": school_class}


def load_cast():
    """Read the committed cast back, fresh for one test."""
    names = ("platform", "school-a", "school-b")
    platform, school_a, school_b = (hosts.load(f"{name}.localhost") for name in names)
    with tenant_context(platform, role="admin"):
        operator = User.objects.get()
    return Cast(
        a=_load_school(school_a),
        b=_load_school(school_b),
        platform=platform,
        operator=operator,
    )


def _load_school(tenant):
    with tenant_context(tenant, role="admin"):
        people = {user.email.split("@")[0]: user for user in User.objects.all()}
        found = {"tenant": tenant} | people
        for model, name in [
            (Enrollment, "enrollment"),
            (ClassSession, "session"),
            (Attendance, "attendance"),
            (Assignment, "assignment"),
            (Submission, "submission"),
            (Grade, "grade"),
            (Invoice, "invoice"),
            (Payment, "payment"),
        ]:
            found |= _own_and_other(model, name, people)
        found["school_class"] = SchoolClass.objects.get(teacher=people["teacher"])
        found["other_class"] = SchoolClass.objects.get(teacher=people["outsider"])
        found["schedule"] = Schedule.objects.get()
        # Conversations are private: read as their owner.
        with tenant_context(tenant, people["admin"]):
            found["conversation"] = Conversation.objects.get()
            found["saved_filter"] = SavedFilter.objects.get()
        found["export"] = Export.objects.get()
        for model, name in [
            (SourcedRecord, "sourced_record"),
            (ReportSchedule, "report_schedule"),
            (ReportRecipient, "report_recipient"),
            (ImportBatch, "import_batch"),
            (ImportRow, "import_row"),
        ]:
            found[name] = model.objects.get()
    assert set(found) == {field.name for field in fields(School)}
    return School(**found)


def _own_and_other(model, name, people):
    by_teacher = {
        "session": "school_class__teacher",
        "assignment": "school_class__teacher",
    }
    if name in by_teacher:
        key, own, other = by_teacher[name], people["teacher"], people["outsider"]
    else:
        key, own, other = "student", people["student"], people["other_student"]
    return {
        name: model.objects.get(**{key: own}),
        f"other_{name}": model.objects.get(**{key: other}),
    }
