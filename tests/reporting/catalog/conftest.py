"""Two committed schools with rows for every report, at opposite ends of the calendar.

Committed, because the tests compare what a person gets with what the owner of the tables sees, on a
connection of its own. At Kiritimati it is always a day or two later than at Pago Pago.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.types.json import Jsonb

from core import hosts
from core.models import Tenant, User
from core.rls import tenant_context
from tests.factories.committed import DATABASE, CommittedSchool

EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


@dataclass
class Filled:
    """A filled school: its tenant, host and people as models."""

    tenant: Tenant
    host: str
    admin: User
    teacher: User
    outsider: User
    student: User


@dataclass
class World:
    """Two filled schools and the owner's connection."""

    a: Filled
    b: Filled
    owner: psycopg.Connection

    def rows(self, sql, **params):
        """Return the rows of a query of the owner of the tables, who sees everything."""
        return self.owner.execute(sql, params).fetchall()


@pytest.fixture(scope="package")
def filled_schools(postgres, django_db_setup):
    owner = psycopg.connect(postgres.url("owner", DATABASE), autocommit=True)
    schools = [CommittedSchool(postgres), CommittedSchool(postgres)]
    try:
        for school, zone in zip(schools, (EAST, WEST), strict=True):
            owner.execute(
                "UPDATE tenants SET settings = %s WHERE id = %s",
                [Jsonb({"timezone": zone}), school.tenant],
            )
            fill(school, datetime.now(ZoneInfo(EAST)).date())
        yield [f"{school.subdomain}.localhost" for school in schools], owner
    finally:
        for school in schools:
            school.remove()
        owner.close()


@pytest.fixture
def world(filled_schools, db):
    """The two schools, fresh for one test."""
    names, owner = filled_schools
    return World(*map(_load, names), owner)


def _load(host):
    tenant = hosts.find(host)
    with tenant_context(tenant, role="admin"):
        people = {user.email.split("@")[0]: user for user in User.objects.all()}
    return Filled(tenant, host, people["admin"], people["t"], people["outsider"], people["s0"])


def fill(school, today):
    """Give a school some of everything a report shows or has to leave out, around `today`."""
    new = school.new
    outsider = new("users", email="outsider@example.com", name="Outsider", role="teacher")
    # Three of one name and one without a sign-in: ties and NULLs in every order.
    names = ["Kim", "Kim", "Kim", "Ada", "Åsa", "Zoë", "Ben", "Kim Lee", "Gone"]
    students = [
        new(
            "users",
            email=f"s{number}@example.com",
            name=name,
            role="student",
            metadata=f'{{"student_number": "S{number}"}}' if number % 4 else "{}",
            last_login=None if number % 3 else f"2026-01-0{number + 1} 23:30+00",
            created_at=f"2026-01-{10 + number // 2} 12:00+00",
        )
        for number, name in enumerate(names)
    ]
    classes = _classes(school, outsider)
    _enroll(school, classes, students, today)
    _teach(school, classes, students, today)
    _grade(school, classes, students, today)
    _bill(school, students, today)
    school.db.execute("UPDATE users SET deleted_at = now() WHERE id = %s", [students[8]])
    school.db.execute("UPDATE classes SET deleted_at = now() WHERE id = %s", [classes["gone"]])


def _classes(school, outsider):
    made = {
        "own": school.school_class(name="Own", code="O-1", capacity=30, level="Beginner"),
        "full": school.school_class(name="Full", code="O-2", capacity=2, subject="Art"),
        "other": school.school_class(name="Other", teacher_id=outsider, capacity=10),
        "nobody": school.school_class(name="Other", teacher_id=None, capacity=4),
        "off": school.school_class(name="Off", status="cancelled"),
        "over": school.school_class(name="Over", status="completed"),
        "gone": school.school_class(name="Gone", teacher_id=outsider),
        "empty": school.school_class(name="Empty"),
    }
    for name, weekday, start, end, since, until in [
        ("own", 1, "09:00", "10:30", None, None),
        ("own", 3, "09:00", "10:00", "2020-01-01", "2020-12-31"),
        ("full", 2, "13:00", "13:45", "2020-01-01", None),
        ("other", 2, "13:00", "15:00", None, None),
        ("off", 5, "08:00", "09:00", None, None),
    ]:
        school.new(
            "schedules",
            class_id=made[name],
            weekday=weekday,
            start_time=start,
            end_time=end,
            valid_from=since,
            valid_to=until,
        )
    return made


def _enroll(school, classes, students, today):
    for name, who, days_ago in [
        ("own", (0, 1, 2, 3), 60),
        ("own", (4,), 3),
        ("full", (0, 5), 50),
        ("other", (1, 5, 6, 7), 45),
        ("nobody", (2,), 40),
        ("off", (3,), 40),
        ("over", (6,), 200),
        ("gone", (7,), 40),
        ("own", (8,), 60),
    ]:
        for number in who:
            school.new(
                "enrollments",
                class_id=classes[name],
                student_id=students[number],
                enrollment_date=today - timedelta(days=days_ago),
            )
    set_status = "UPDATE enrollments SET status = %s, completion_date = %s"
    where = " WHERE student_id = %s AND class_id = %s"
    # One dropped with its day, and one without: the audit trail knows it was now.
    school.db.execute(
        set_status + where,
        ["dropped", today - timedelta(days=20), students[3], classes["own"]],
    )
    school.db.execute(set_status + where, ["dropped", None, students[7], classes["other"]])
    school.db.execute(
        set_status + where,
        ["completed", today - timedelta(days=100), students[6], classes["over"]],
    )


def _teach(school, classes, students, today):
    school.db.execute("UPDATE classes SET capacity = 3 WHERE id = %s", [classes["full"]])
    left = [
        school.new(
            "enrollments",
            class_id=classes[name],
            student_id=students[number],
            enrollment_date=today - timedelta(days=50),
        )
        for name, number in [("full", 6)]
    ]
    statuses = ["present", "absent", "late", "excused"]
    for place, (name, days_ago, who, status) in enumerate(
        [
            ("own", 30, (0, 1, 2, 3), "completed"),
            ("own", 29, (0, 1, 2, 3), "completed"),
            ("own", 2, (0, 1, 2, 4), "completed"),
            ("own", 0, (), "scheduled"),  # began at midnight
            ("own", 10, (), "completed"),
            ("own", 9, (), "cancelled"),
            ("own", 100, (), "completed"),  # before anybody was enrolled
            ("own", -1, (), "scheduled"),
            ("full", 10, (), "scheduled"),
            # Number 6 is enrolled no more: the teacher sees the line, not the name.
            ("full", 30, (0, 5, 6), "completed"),
            ("other", 29, (1, 5, 6), "completed"),
            ("other", 8, (), "completed"),
            ("nobody", 8, (), "completed"),
            ("off", 8, (), "completed"),
            ("gone", 8, (), "completed"),
            ("empty", 8, (), "completed"),
        ]
    ):
        session = school.new(
            "class_sessions",
            class_id=classes[name],
            session_date=today - timedelta(days=days_ago),
            start_time="00:00",
            end_time="00:45",
            status=status,
        )
        for number in who:
            school.new(
                "attendance",
                class_session_id=session,
                student_id=students[number],
                status=statuses[(place + number) % 4] if number else "present",
                notes="Note" if number == 1 else None,
            )
    school.db.execute("DELETE FROM enrollments WHERE id = any (%s)", [left])
    school.db.execute("UPDATE classes SET capacity = 2 WHERE id = %s", [classes["full"]])


def _grade(school, classes, students, today):
    for name, title, max_score, scores in [
        ("own", "Essay", 20, {0: 19, 1: "17.5", 2: 8, 3: 0}),
        ("own", "Quiz", 3, {0: 2, 1: "2.99"}),
        ("own", "Ungraded", 10, {}),
        ("full", "Drawing", None, {0: None, 5: 4}),
        ("other", "Essay", 100, {1: 60, 5: "59.99"}),
        ("gone", "Lost", 10, {7: 3}),
    ]:
        work = school.new(
            "assignments",
            class_id=classes[name],
            title=title,
            type="homework",
            assigned_date=today - timedelta(days=20),
            due_date=today - timedelta(days=10),
            max_score=max_score,
        )
        for number, score in scores.items():
            handed_in = school.new("submissions", assignment_id=work, student_id=students[number])
            school.new(
                "grades",
                submission_id=handed_in,
                student_id=students[number],
                assignment_id=work,
                score=score,
                grade="Pass" if score is None else None,
            )


def _bill(school, students, today):
    for number in range(4):
        invoice = school.new(
            "invoices",
            student_id=students[number],
            invoice_number=f"INV-{number}",
            amount=100,
            issue_date=today - timedelta(days=40),
            due_date=today - timedelta(days=number),
        )
        if not number:
            school.new(
                "credit_notes", invoice_id=invoice, amount=30, reason="Too much", credit_date=today
            )
        for part in range(number):
            payment = school.new(
                "payments",
                invoice_id=invoice,
                student_id=students[number],
                amount=10 + part,
                payment_method="cash" if part else "stripe",
                payment_date=today - timedelta(days=part),
                transaction_id=f"tx-{number}-{part}" if part else None,
            )
    school.new(
        "payment_reversals",
        payment_id=payment,
        kind="refund",
        amount=5,
        reason="Moved away",
        reversal_date=today,
    )
