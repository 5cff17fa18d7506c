"""Rows of core: schools, people and what is kept of them."""

from datetime import UTC, datetime

from django.contrib.admin.models import CHANGE, LogEntry

from core.models import (
    AuditLog,
    CalendarFeed,
    Conversation,
    Domain,
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
from tests.factories.factory import Factory

tenant = Factory(
    Tenant,
    name="School",
    subdomain=lambda n: f"school-{n}",
    contact_email="office@example.com",
)
domain = Factory(Domain, domain=lambda n: f"school-{n}.example", is_primary=False)
user = Factory(User, email=lambda n: f"person-{n}@example.com", name="Person", role="student")
person_field = Factory(
    PersonField,
    role="student",
    key=lambda n: f"field_{n}",
    label=lambda n: f"Field {n}",
    kind="text",
)
guardian = Factory(Guardian, name="Guardian")
student_guardian = Factory(StudentGuardian, relation="mother")
year_group = Factory(YearGroup, name=lambda n: f"Year {n}")
homeroom = Factory(Homeroom, name=lambda n: f"Room {n}")
homeroom_teacher = Factory(HomeroomTeacher)
calendar_feed = Factory(CalendarFeed)
saved_view = Factory(SavedView, list_name="core.user", name=lambda n: f"View {n}")
mail = Factory(Mail, address="person@example.com", kind="invitation")
conversation = Factory(Conversation, messages=[])
audit_log = Factory(AuditLog, action="class_created")
log_entry = Factory(
    LogEntry,
    action_time=datetime(2026, 3, 1, tzinfo=UTC),
    object_repr="x",
    action_flag=CHANGE,
    change_message="",
)
