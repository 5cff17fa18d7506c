"""The example schools: what they promise to whoever tries the application with them.

Both were built when the suite's clusters were made (tests/prepared.py). What needs no database is
asked of the generator alone, with a loader that keeps the rows.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import mean
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import Count, F, Q

from academics.models import (
    AcademicYear,
    Assignment,
    Attendance,
    ClassSession,
    ClosedDay,
    Enrollment,
    Grade,
    Schedule,
    SchoolClass,
    Submission,
    Term,
)
from core import rls
from core.models import AuditLog, Domain, Session, StudentGuardian, Tenant, User
from core.models.base import TenantModel
from exchange.exports.rights import may_fetch
from exchange.models import Export
from finance.models import Invoice, Payment
from school.seeds import (
    attendance,
    classes,
    exchange,
    money,
    people,
    platform,
    schools,
    terms,
    traces,
    work,
)
from school.seeds.builder import Builder
from tests import prepared
from tests.databases import connected
from tests.factories.files import read_xlsx

PASSWORD = "school-demo"
TODAY = date(2026, 11, 23)  # a Monday


@pytest.fixture(params=[profile.subdomain for profile in schools.PROFILES])
def school(request, seeded, django_db_setup, django_db_blocker):
    """One school after the other: its rows, as the owner sees them in the school's context."""
    with connected(seeded, prepared.SEEDED_DATABASE, django_db_blocker):
        tenant = Tenant.objects.using("owner").get(subdomain=request.param)
        with rls.tenant_context(tenant, role="admin", using="owner"):
            person = {
                role: rows(User).get(email=f"{role}@{request.param}.example")
                for role in ("admin", "teacher", "student")
            }
            yield SimpleNamespace(tenant=tenant, **person)


def rows(model):
    return model.objects.using("owner")


def states(model, field):
    return set(rows(model).values_list(field, flat=True))


def sql(statement, params=None):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


class KeptRows(Builder):
    """Keeps what it would load: {table: rows}."""

    def __init__(self, profile, today=TODAY, scale=1):
        super().__init__(profile, None, today, scale)
        self.kept = {}

    def load(self, table, columns, rows):
        self.kept[table] = [row for row in rows if row is not None]

    def comparable(self):
        """The rows as text: a Jsonb equals nothing but itself."""
        return {table: list(map(repr, rows)) for table, rows in self.kept.items()}


def generate(profile, parts=(terms, classes, attendance, work, money, traces, exchange), **options):
    builder = KeptRows(profile, **options)
    people.build(builder)
    for part in parts:
        part.build(builder)
    return builder


def test_size(school):
    assert 380 <= rows(User).count() <= 420
    assert rows(SchoolClass).count() == 30
    assert User.all_objects.using("owner").deleted().count() == 3  # of them one who was merged
    assert SchoolClass.all_objects.using("owner").deleted().count() == 1


def test_every_table_has_rows(school):
    models = [m for m in apps.get_models() if issubclass(m, TenantModel)] + [AuditLog, Domain]
    empty = [m._meta.label for m in models if not m.objects.using("owner").exists()]
    # An example school has no keys of a provider, so nobody pays online there.
    assert {label for label in empty if not label.startswith("finance.Online")} == set()
    # core.Session is none of them: browsers make those.
    assert not issubclass(Session, TenantModel)
    assert LogEntry.objects.using("owner").filter(user=school.admin).exists()


def test_people_sign_in(school):
    for person in (school.admin, school.teacher, school.student):
        assert person.check_password(PASSWORD)
        assert person.is_active
    assert (school.admin.role, school.teacher.role, school.student.role) == (
        "admin",
        "teacher",
        "student",
    )


def test_a_guardian_signs_in_and_has_two_children(school):
    guardian = rows(User).get(email=f"guardian@{school.tenant.subdomain}.example")
    assert guardian.check_password(PASSWORD)
    assert guardian.role == "guardian"
    links = rows(StudentGuardian).filter(guardian__user=guardian, portal_access=True)
    assert links.count() == 2
    assert links.filter(student=school.student).exists()
    students = rows(User).students().count()
    guarded = rows(StudentGuardian).values("student").distinct().count()
    assert 0.85 * students < guarded < students


def test_hosts(school):
    hosts = {
        "demo": ["127.0.0.1", "demo.localhost", "localhost"],
        "northside": ["northside.localhost"],
    }
    domains = rows(Domain).filter(tenant=school.tenant).order_by("domain")
    assert list(domains.values_list("domain", flat=True)) == hosts[school.tenant.subdomain]
    assert domains.get(is_primary=True).domain == f"{school.tenant.subdomain}.localhost"


def test_settings(school):
    zone, currency = {
        "demo": ("America/Chicago", "USD"),
        "northside": ("Europe/London", "GBP"),
    }[school.tenant.subdomain]
    assert (str(school.tenant.timezone), school.tenant.currency) == (zone, currency)
    assert states(Invoice, "currency") == states(Payment, "currency") == {currency}
    letters = {letter for letter, _ in school.tenant.settings["grading_scale"]} | {"Pass", "Fail"}
    assert rows(Grade).filter(excused=True).exists()
    assert states(Grade, "grade") - {None} <= letters
    assert states(Enrollment, "current_grade") - {None} <= letters


def test_teacher_has_work(school):
    own = rows(SchoolClass).taught_by(school.teacher).active()
    assert own.count() >= 2
    for school_class in own:
        assert school_class.sessions.exists()
        assert rows(Attendance).filter(class_session__school_class=school_class).exists()
        assert rows(Assignment).filter(school_class=school_class).exists()
        assert rows(Grade).filter(assignment__school_class=school_class).exists()
    waiting = rows(Submission).filter(status="submitted", assignment__school_class__in=own)
    assert waiting.exists()
    others = rows(SchoolClass).exclude(teacher=school.teacher).values("teacher").distinct()
    assert others.count() > 5


def test_student_has_everything(school):
    for model in (Enrollment, Attendance, Submission, Grade, Invoice, Payment):
        assert rows(model).filter(student=school.student).exists(), model
    taught = rows(Enrollment).filter(student=school.student, school_class__teacher=school.teacher)
    assert taught.exists()


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (SchoolClass, "status"),
        (Enrollment, "status"),
        (ClassSession, "status"),
        (Attendance, "status"),
        (Assignment, "type"),
        (Assignment, "status"),
        (Submission, "status"),
        (Invoice, "status"),
        (Payment, "payment_method"),
        (User, "role"),
        (User, "status"),
        (Schedule, "weekday"),
    ],
)
def test_every_state_occurs(school, model, field):
    assert states(model, field) == {value for value, _ in model._meta.get_field(field).choices}


def test_sessions_around_today(school):
    sessions, today = rows(ClassSession), school.tenant.today()
    assert sessions.filter(session_date=today).exclude(status="cancelled").exists()
    for status, when in (
        ("completed", Q(session_date__lt=today)),
        ("scheduled", Q(session_date__gt=today + timedelta(weeks=3))),
    ):
        assert sessions.filter(when, status=status).exists()
    assert not sessions.filter(session_date__gte=today, status="completed").exists()
    missing = sessions.filter(session_date__lt=today, attendance=None).exclude(status="cancelled")
    assert missing.count() == 3
    assert missing.filter(school_class__teacher=school.teacher).exists()


def test_classes_belong_to_terms(school):
    today = school.tenant.today()
    current = rows(Term).current(today)
    assert current.start_date <= today <= current.end_date
    assert rows(AcademicYear).count() == 2
    assert rows(Term).filter(end_date__lt=today).count() == 2
    assert rows(Term).filter(start_date__gt=today).count() == 1
    astray = rows(SchoolClass).exclude(
        start_date__gte=F("term__start_date"), end_date__lte=F("term__end_date")
    )
    assert not astray.exists()
    assert states(SchoolClass, "term") == {current.pk, rows(Term).current(
        current.start_date - timedelta(days=30)
    ).pk}  # fmt: skip


def test_no_lessons_on_closed_days(school):
    today, closed = school.tenant.today(), rows(ClosedDay)
    current = rows(Term).current(today)
    inside = closed.filter(start_date__gte=current.start_date, end_date__lte=current.end_date)
    assert inside.filter(end_date__lt=today).exists()
    assert inside.filter(start_date__gt=today).exists()
    for span in closed.all():
        spoiled = rows(ClassSession).filter(session_date__range=(span.start_date, span.end_date))
        assert not spoiled.exists()


def test_attendance_is_of_who_was_enrolled(school):
    assert sql(
        "SELECT count(*) FROM attendance a"
        "  JOIN class_sessions s ON s.tenant_id = a.tenant_id AND s.id = a.class_session_id"
        " WHERE a.tenant_id = app.tenant_id() AND (s.status <> 'completed' OR NOT EXISTS ("
        "  SELECT FROM enrollments e WHERE e.tenant_id = a.tenant_id AND e.class_id = s.class_id"
        "     AND e.student_id = a.student_id AND s.session_date BETWEEN e.enrollment_date"
        "     AND coalesce(e.completion_date, s.session_date)))"
    ) == [(0,)]


def test_triggers_counted_right(school):
    wrong = rows(SchoolClass).annotate(
        counted=Count("enrollments", filter=Q(enrollments__status="active"))
    )
    assert not wrong.exclude(enrolled_count=F("counted")).exists()
    assert sql(
        "SELECT count(*) FROM enrollments e LEFT JOIN ("
        "  SELECT s.class_id, a.student_id,"
        "         round(100.0 * count(*) FILTER (WHERE a.status IN ('present', 'late'))"
        "               / nullif(count(*) FILTER (WHERE a.status <> 'excused'), 0), 2) AS rate"
        "    FROM attendance a JOIN class_sessions s ON s.id = a.class_session_id"
        "   GROUP BY 1, 2) r ON r.class_id = e.class_id AND r.student_id = e.student_id"
        " WHERE e.tenant_id = app.tenant_id() AND e.attendance_rate IS DISTINCT FROM r.rate"
    ) == [(0,)]


def test_invoices_are_as_their_payments_say(school):
    assert sql(
        "SELECT DISTINCT i.status, (SELECT coalesce(sum(a.amount), 0) FROM payment_allocations a"
        "         WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id)"
        "       >= i.amount - i.credited,"
        "       i.due_date < %s"
        "  FROM invoices i WHERE i.tenant_id = app.tenant_id() AND i.status <> 'cancelled'"
        " ORDER BY 1, 3",
        [school.tenant.today()],
    ) == [
        ("overdue", False, True),
        ("paid", True, False),
        ("paid", True, True),
        ("pending", False, False),
    ]
    assert rows(Invoice).open().exclude(payments=None).exists()  # partly paid
    assert not rows(Payment).filter(payment_date__gt=school.tenant.today()).exists()


def test_audit_trail_is_short_and_by_people(school):
    entries = rows(AuditLog)
    assert 5 <= entries.count() <= 100  # a few dozen are those of a billing
    assert set(entries.values_list("user", flat=True)) == {school.admin.pk, school.teacher.pk}


def test_second_run_changes_nothing(school):
    before = rows(AuditLog).count(), rows(User).count()
    profile = next(p for p in schools.PROFILES if p.subdomain == school.tenant.subdomain)
    assert schools.build(profile, password="another") is False
    assert platform.build(platform.DEV_OPERATOR, "another") is False
    assert (rows(AuditLog).count(), rows(User).count()) == before


# --- the generator alone --------------------------------------------------------------------------


def test_same_day_same_rows():
    demo, northside = schools.PROFILES
    first = generate(demo).comparable()
    assert first == generate(demo).comparable()
    other = generate(northside, parts=[]).comparable()
    assert not set(first["users"]) & set(other["users"])


def test_absences_have_a_pattern():
    builder = generate(schools.PROFILES[0], parts=[terms, classes, attendance])
    dates = {meeting.id: meeting.date for s in builder.sections for meeting in s.meetings}
    by_student, by_day = defaultdict(list), defaultdict(list)
    for _, session, student, status, *_ in builder.kept["attendance"]:
        away = status in ("absent", "excused")
        by_student[student].append(away)
        by_day[dates[session].isoweekday()].append(away)
    chronic = [it for it in by_student.values() if mean(it) >= 0.1]
    assert 0.05 < len(chronic) / len(by_student) < 0.2
    share = {day: mean(it) for day, it in by_day.items()}
    assert min(share[1], share[5]) > max(share[2], share[3])


def test_people_and_classes_keep_their_ids():
    first, later = (
        generate(schools.PROFILES[0], parts=[terms, classes], today=day)
        for day in (TODAY, TODAY + timedelta(days=40))
    )
    for name in ("students", "sections"):
        ids = [[it.id for it in getattr(builder, name)] for builder in (first, later)]
        assert ids[0] == ids[1]


@pytest.mark.parametrize("days", range(7))
def test_teacher_has_a_lesson_whatever_the_day(days):
    today = TODAY + timedelta(days=days)
    builder = generate(schools.PROFILES[0], parts=[terms, classes, attendance], today=today)
    own = [s for s in builder.sections if s.teacher is builder.teacher]
    assert any(meeting.date == today for section in own for meeting in section.meetings)


def test_scale_multiplies():
    single, double = (generate(schools.PROFILES[1], scale=scale) for scale in (1, 2))
    for table in ("classes", "class_sessions", "enrollments", "attendance", "grades", "invoices"):
        assert 1.7 < len(double.kept[table]) / len(single.kept[table]) < 2.3, table
    assert len(double.students) == 2 * len(single.students)
    assert len({section.code for section in double.sections}) == len(double.sections)


@pytest.mark.parametrize("scale", [1, 4])
def test_nobody_and_no_room_is_needed_twice_at_a_time(scale):
    builder = generate(schools.PROFILES[0], parts=[terms, classes], scale=scale)
    needed = Counter()
    for section in builder.sections:
        people_there = [place.student for place in section.places if section.status == "active"]
        for slot in section.slots:
            needed.update((it, slot) for it in (section.room, section.teacher, *people_there))
    assert set(needed.values()) == {1}


# --- the command ----------------------------------------------------------------------------------


def test_dev_is_refused_with_debug_off(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="refused while DEBUG is off"):
        call_command("seed", profile="dev")


@pytest.mark.parametrize("scale", ["0", "-1", "many", "1001"])
def test_scale_is_refused(scale):
    with pytest.raises(CommandError, match="whole number from 1 to 1000"):
        call_command("seed", "--profile=dev", f"--scale={scale}")


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        (None, "a-long-enough-password", "Name the operator"),
        ("nonsense", "a-long-enough-password", "valid email address"),
        ("ops@example.org", None, "Set the operator's password in SEED_PASSWORD"),
        ("ops@example.org", "short", "SEED_PASSWORD: This password is too short"),
        ("opsopsops1@example.org", "opsopsops1", "too similar"),
    ],
)
def test_prod_is_refused(monkeypatch, email, password, message):
    monkeypatch.delenv("SEED_OPERATOR_EMAIL", raising=False)
    monkeypatch.delenv("SEED_PASSWORD", raising=False)
    if password:
        monkeypatch.setenv("SEED_PASSWORD", password)
    with pytest.raises(CommandError, match=message):
        call_command("seed", profile="prod", operator_email=email)


@pytest.mark.django_db(databases=["default", "owner"])
def test_prod_makes_an_operator_once(monkeypatch, cast, capsys):
    monkeypatch.setenv("SEED_PASSWORD", "a-long-enough-password")
    monkeypatch.setenv("SEED_OPERATOR_EMAIL", "ops@example.org")
    call_command("seed", profile="prod")
    monkeypatch.delenv("SEED_PASSWORD")
    call_command("seed", profile="prod")
    assert capsys.readouterr().out.splitlines() == [
        "The operator ops@example.org: added.",
        "The operator ops@example.org: there already.",
    ]
    with rls.tenant_context(cast.platform, role="admin", using="owner"):
        operator = rows(User).get(email="ops@example.org")
    assert operator.check_password("a-long-enough-password")
    assert operator.role == "admin"
    assert rows(Tenant).count() == 3  # no school was added to the cast


# Files -------------------------------------------------------------------------------------------


def test_the_example_exports_are_files_that_can_be_fetched(school):
    exports = rows(Export).order_by("created_at")
    assert [export.template_id for export in exports] == [
        "user_roster_v1",
        "class_enrollment_v1",
        "attendance_report_v1",
        "payment_ledger_v1",
    ]
    folder = prepared.seeded_exports() / str(school.tenant.pk)
    for export in exports:
        path = folder / f"{export.pk}.xlsx"
        assert path.stat().st_size == export.file_size
        assert len(read_xlsx(path.read_bytes())) == export.row_count + 1
        assert may_fetch(school.admin, export)
        assert export.row_count > 0
