"""The fixed cast: two schools, their people, and one row of every kind in each."""

import pickle
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from django.db import connections
from psycopg.types.json import Jsonb

from academics.models import (
    Absence,
    AbsenceCall,
    AcademicYear,
    Application,
    ApplicationDocument,
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Attendance,
    ClassSession,
    ClosedDay,
    DailyAttendance,
    Enrollment,
    Grade,
    GradingScale,
    Schedule,
    SchoolClass,
    StudentMerge,
    Submission,
    Term,
    WaitlistEntry,
)
from core import hosts
from core.defaults import today
from core.models import (
    CalendarFeed,
    Conversation,
    Guardian,
    Homeroom,
    HomeroomTeacher,
    Mail,
    PersonField,
    SavedView,
    StudentGuardian,
    Tenant,
    User,
    YearGroup,
)
from core.rls import tenant_context
from core.services import schools
from exchange.models import Export, ImportBatch, ImportRow
from finance.models import (
    BankStatement,
    BankTransaction,
    BillingRun,
    Discount,
    Fee,
    FeePlan,
    FeePlanItem,
    Installment,
    Invoice,
    Payment,
    Sponsor,
    StudentDiscount,
)
from oneroster.models import SourcedRecord
from reporting.models import ReportRecipient, ReportSchedule, SavedFilter
from tests.factories import academics, core, exchange, finance, oneroster, reporting

PASSWORD = "a-long-enough-password"
# Far from UTC on both sides: for some hours of every day neither date is the one in UTC.
ZONE_A, ZONE_B = "Pacific/Auckland", "America/Los_Angeles"
PRIVATE = {Conversation, SavedFilter, SavedView, CalendarFeed}  # seen by their owner alone
_loaded = None  # the cast, pickled


@dataclass
class School:
    """One school and one row of every kind; `other_*` belong to the outsider teacher's class."""

    tenant: Tenant
    admin: User
    registrar: User
    bursar: User
    teacher: User
    outsider: User  # a teacher of another class of the same school
    student: User  # attends the teacher's class
    other_student: User  # attends the outsider's class
    guardian: User  # of the student
    other_guardian: User  # of the other student
    person_field: PersonField  # the family reads it; the next, teachers; the last, the office alone
    teacher_field: PersonField
    office_field: PersonField
    guardian_record: Guardian
    other_guardian_record: Guardian
    student_guardian: StudentGuardian
    other_student_guardian: StudentGuardian
    year_group: YearGroup  # the student's
    other_year_group: YearGroup
    homeroom: Homeroom  # the student's, which the teacher leads
    other_homeroom: Homeroom
    homeroom_teacher: HomeroomTeacher
    other_homeroom_teacher: HomeroomTeacher
    calendar_feed: CalendarFeed
    saved_view: SavedView
    mail: Mail
    academic_year: AcademicYear
    term: Term
    closed_day: ClosedDay
    grading_scale: GradingScale
    assignment_weight: AssignmentWeight
    other_assignment_weight: AssignmentWeight
    attachment_file: AttachmentFile
    other_attachment_file: AttachmentFile
    waitlist_entry: WaitlistEntry
    other_waitlist_entry: WaitlistEntry
    school_class: SchoolClass
    other_class: SchoolClass
    schedule: Schedule
    enrollment: Enrollment
    other_enrollment: Enrollment
    session: ClassSession
    other_session: ClassSession
    attendance: Attendance
    other_attendance: Attendance
    absence: Absence
    other_absence: Absence
    absence_call: AbsenceCall
    student_merge: StudentMerge
    daily_mark: DailyAttendance
    other_daily_mark: DailyAttendance
    application: Application
    application_document: ApplicationDocument
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
    fee: Fee
    sponsor: Sponsor
    fee_plan: FeePlan
    fee_plan_item: FeePlanItem
    installment: Installment
    discount: Discount
    student_discount: StudentDiscount
    billing_run: BillingRun
    bank_statement: BankStatement
    bank_transaction: BankTransaction
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
            "INSERT INTO tenants (name, subdomain, contact_email, schema_name, settings) VALUES"
            " ('Platform', 'platform', 'platform@example.com', 'public', '{}'),"
            " ('School A', 'school-a', 'a@example.com', 'school-a', %s),"
            " ('School B', 'school-b', 'b@example.com', 'school-b', %s)",
            [Jsonb({"timezone": ZONE_A}), Jsonb({"timezone": ZONE_B})],
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
        _add_merge(tenant)


def _add_merge(tenant):
    """Add the row of a merge as the owner: the application makes one by merging only."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO student_merges (tenant_id, kept_id, merged_id, undone_at)"
            " SELECT k.tenant_id, k.id, m.id, now() FROM users k, users m"
            " WHERE k.tenant_id = %s AND m.tenant_id = k.tenant_id AND k.email LIKE 'student@%%'"
            " AND m.email LIKE 'registrar@%%'",
            [tenant.pk],
        )


BROWSER_SUBDOMAIN = "browser"


def make_browser_school():
    """Commit a school with the cast's rows, for journeys that commit more."""
    with tenant_context(hosts.find("platform.localhost"), role="admin"):
        tenant = schools.create(
            name="Browser School",
            subdomain=BROWSER_SUBDOMAIN,
            contact_email="office@browser.example",
            admin_name="First Admin",
            admin_email="first@browser.example",
            password=PASSWORD,
        )
    with tenant_context(tenant, role="admin"):
        make_school(tenant)
    _add_merge(tenant)


def load_browser_school():
    """Return the `School` of `make_browser_school`."""
    return _load_school(hosts.find(f"{BROWSER_SUBDOMAIN}.localhost"))


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
            ("registrar", "registrar"),
            ("bursar", "bursar"),
            ("teacher", "teacher"),
            ("outsider", "teacher"),
            ("student", "student"),
            ("other_student", "student"),
            ("guardian", "guardian"),
            ("other_guardian", "guardian"),
        ]
    }
    own = _class_rows("", people["teacher"], people["student"], people)
    other = _class_rows("other_", people["outsider"], people["other_student"], people)
    return School(
        tenant=tenant,
        student_merge=None,  # _add_merge() adds it
        **people,
        **own,
        **other,
        schedule=academics.schedule(school_class=own["school_class"], weekday=1, room="12"),
        **_calendar_rows(),
        **_field_rows(),
        **_guardian_rows(people),
        **_homeroom_rows(people),
        **_queue_rows(own, other, people),
        calendar_feed=_calendar_feed(tenant, people["admin"]),
        saved_view=_saved_view(tenant, people["admin"]),
        mail=core.mail(
            recipient=people["student"],
            address=people["student"].email,
            state=Mail.State.FAILED,
            error="550 no such mailbox",
            requested_by=people["admin"],
        ),
        **_plan_rows(people),
        absence_call=academics.absence_call(student=people["student"]),
        **_application_rows(),
        sponsor=finance.sponsor(name="Rotary Club"),
        conversation=_conversation(tenant, people["admin"]),
        export=exchange.export(requested_by=people["admin"]),
        sourced_record=oneroster.sourced_record(sourced_id="u1", resource_id=people["student"].pk),
        saved_filter=_saved_filter(tenant, people["admin"]),
        **_schedule_rows(people["admin"]),
        **_import_rows(people),
    )


def _application_rows():
    """A child that would like to come, and a paper of it."""
    row = academics.application(first_name="Rita", last_name="Applicant")
    return {
        "application": row,
        "application_document": academics.application_document(application=row),
    }


def _plan_rows(people):
    """Lunch, by a plan for everybody that nobody was billed for yet."""
    fee = finance.fee(name="Lunch")
    plan = finance.fee_plan(name="Lunch for all")
    installment = finance.installment(plan=plan, name="March")
    discount = finance.discount(name="Scholarship")
    statement = finance.bank_statement(filename="march.csv")
    return {
        "bank_statement": statement,
        "bank_transaction": finance.bank_transaction(statement=statement, party="Somebody"),
        "fee": fee,
        "fee_plan": plan,
        "fee_plan_item": finance.fee_plan_item(plan=plan, fee=fee),
        "installment": installment,
        "discount": discount,
        "student_discount": finance.student_discount(student=people["student"], discount=discount),
        "billing_run": finance.billing_run(
            plan=plan, installment=installment, period="March", requested_by=people["admin"]
        ),
    }


def _conversation(tenant, user):
    """Conversations are their owner's alone, so that only the owner can begin one."""
    with tenant_context(tenant, user):
        return core.conversation(user=user, title="Hello")


def _calendar_feed(tenant, user):
    """Calendar feeds as well."""
    with tenant_context(tenant, user):
        return core.calendar_feed(user=user)


def _calendar_rows():
    year = academics.academic_year(
        name="2025/26", start_date=date(2025, 8, 1), end_date=date(2026, 7, 31)
    )
    return {
        "academic_year": year,
        "term": academics.term(
            academic_year=year,
            name="Spring",
            start_date=date(2026, 1, 1),
            end_date=date(2026, 6, 30),
        ),
        "closed_day": academics.closed_day(
            name="Easter", start_date=date(2026, 4, 3), end_date=date(2026, 4, 6)
        ),
        "grading_scale": academics.grading_scale(name="Pass or fail"),
    }


# Of students' records, one for each kind of reader.
FIELDS = {
    "person_field": ("Club", "family"),
    "teacher_field": ("Seat", "teachers"),
    "office_field": ("Locker", "office"),
}


def _field_rows():
    return {
        name: core.person_field(label=label, key=label.lower(), readers=readers)
        for name, (label, readers) in FIELDS.items()
    }


def _guardian_rows(people):
    made = {}
    for prefix in ("", "other_"):
        account = people[f"{prefix}guardian"]
        record = core.guardian(name=account.name, email=account.email, user=account)
        made[f"{prefix}guardian_record"] = record
        made[f"{prefix}student_guardian"] = core.student_guardian(
            student=people[f"{prefix}student"], guardian=record
        )
    return made


def _homeroom_rows(people):
    """A year group and a homeroom for each student, led by the teacher of their class."""
    made = {}
    for position, (prefix, teacher) in enumerate([("", "teacher"), ("other_", "outsider")], 7):
        year = core.year_group(name=f"Year {position}", position=position)
        room = core.homeroom(name=f"{position}A", year_group=year)
        made[f"{prefix}year_group"], made[f"{prefix}homeroom"] = year, room
        lead = core.homeroom_teacher(homeroom=room, teacher=people[teacher])
        made[f"{prefix}homeroom_teacher"] = lead
        student = people[f"{prefix}student"]
        student.homeroom = room
        student.save(update_fields=["homeroom"])
    return made


def _queue_rows(own, other, people):
    """A place in the queue for each class, of somebody who is no longer waiting."""
    return {
        f"{prefix}waitlist_entry": academics.waitlist_entry(
            school_class=rows[f"{'other_' if prefix else 'school_'}class"],
            student=people[f"{prefix}student"],
            status="withdrawn",
        )
        for prefix, rows in (("", own), ("other_", other))
    }


def _saved_view(tenant, user):
    """Saved views that are not shared, too."""
    with tenant_context(tenant, user):
        return core.saved_view(user=user, name="All")


def _saved_filter(tenant, user):
    """Saved filters are their owner's alone, too."""
    with tenant_context(tenant, user):
        return reporting.saved_filter(user=user, name="Students")


def _schedule_rows(owner):
    schedule = reporting.report_schedule(owner=owner, name="Roster on Mondays")
    recipient = reporting.report_recipient(schedule=schedule, user=owner)
    return {"report_schedule": schedule, "report_recipient": recipient}


def _import_rows(people):
    batch = exchange.import_batch(
        status="applied", row_count=1, created_count=1, requested_by=people["admin"]
    )
    row = exchange.import_row(
        batch=batch,
        resource_id=people["other_student"].pk,
        after={"email": people["other_student"].email},
    )
    return {"import_batch": batch, "import_row": row}


def _class_rows(prefix, teacher, student, people):
    school_class = academics.school_class(
        name=f"{prefix or 'own_'}class".replace("_", " ").title(),
        code=f"{prefix.upper()}C1",
        teacher=teacher,
    )
    session = academics.class_session(school_class=school_class, session_date=date(2026, 2, 2))
    assignment = academics.assignment(
        school_class=school_class,
        title=f"{prefix}essay",
        type="homework",
        assigned_date=date(2026, 2, 2),
        due_date=date(2026, 2, 9),
        max_score=20,
    )
    enrollment = academics.enrollment(
        student=student, school_class=school_class, enrollment_date=date(2026, 1, 5)
    )
    submission = academics.submission(assignment=assignment, student=student)
    invoice = finance.invoice(
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
        "assignment_weight": academics.assignment_weight(
            school_class=school_class, type="homework", weight=Decimal("50.00")
        ),
        "attachment_file": academics.attachment_file(
            assignment=assignment,
            submission=submission,
            student=student,
            name=f"attachments/{prefix}essay.txt",
            filename="essay.txt",
            size=5,
            uploaded_by=student,
        ),
        "attendance": academics.attendance(
            class_session=session, student=student, recorded_by=teacher
        ),
        "absence": academics.absence(student=student),
        "daily_mark": academics.daily_attendance(student=student, recorded_by=teacher),
        "grade": academics.grade(
            submission=submission,
            student=student,
            assignment=assignment,
            score=Decimal("17.00"),
            graded_by=teacher,
        ),
        "payment": finance.payment(
            invoice=invoice,
            student=student,
            amount=Decimal("40.00"),
            payment_date=today(),
            recorded_by=people["admin"],
        ),
    }
    named = {f"{prefix}{name}": row for name, row in rows.items()}
    return named | {"other_class" if prefix else "school_class": school_class}


def load_cast():
    """Return the committed cast, fresh for one test: read once, copied ever after."""
    global _loaded
    if _loaded is None:
        _loaded = pickle.dumps(_read_cast())
    return pickle.loads(_loaded)  # noqa: S301 - our own


def _read_cast():
    names = ("platform", "school-a", "school-b")
    platform, school_a, school_b = (hosts.find(f"{name}.localhost") for name in names)
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
        names = {user.email.split("@")[0]: user for user in User.objects.all()}
        people = {field.name: names[field.name] for field in fields(School) if field.name in names}
        rows = {"tenant": tenant} | people
        rows["school_class"] = SchoolClass.objects.get(teacher=people["teacher"])
        rows["other_class"] = SchoolClass.objects.get(teacher=people["outsider"])
        rows |= {
            name: PersonField.objects.get(role="student", label=label)
            for name, (label, _readers) in FIELDS.items()
        }
        models = {field.name: field.type for field in fields(School) if field.name not in rows}
        for name, model in models.items():
            if f"other_{name}" in models:
                rows |= _own_and_other(model, name, people)
            elif name not in rows:
                # What is private is read as its owner.
                user = people["admin"] if model in PRIVATE else None
                with tenant_context(tenant, user, role="admin"):
                    rows[name] = model.objects.get()
    assert set(rows) == {field.name for field in fields(School)}
    return School(**rows)


def _own_and_other(model, name, people):
    by_teacher = {
        "session": "school_class__teacher",
        "assignment": "school_class__teacher",
        "assignment_weight": "school_class__teacher",
    }
    if name in ("year_group", "homeroom"):
        key, own, other = "students", people["student"], people["other_student"]
    elif name == "homeroom_teacher":
        key, own, other = "teacher", people["teacher"], people["outsider"]
    elif name == "guardian_record":
        key, own, other = "user", people["guardian"], people["other_guardian"]
    elif name in by_teacher:
        key, own, other = by_teacher[name], people["teacher"], people["outsider"]
    else:
        key, own, other = "student", people["student"], people["other_student"]
    return {
        name: model.objects.get(**{key: own}),
        f"other_{name}": model.objects.get(**{key: other}),
    }
