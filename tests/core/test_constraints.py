"""Every rule that a person can break has a sentence, at a field that exists."""

import re
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from academics.models import Enrollment, SchoolClass
from core import constraints
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice

pytestmark = pytest.mark.database

# Keys that only the application's own code can break: ids it made itself.
INTERNAL = re.compile(r"_tenant_key$|_(payment|grade|year_group)_key$|_pkey$")


def catalog():
    """Return {name: table} of our check and unique constraints and unique indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, conrelid::regclass::text FROM pg_constraint"
            " WHERE contype IN ('c', 'u', 'x') AND conrelid <> 0"
            " UNION SELECT c.relname, i.indrelid::regclass::text"
            "   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            "  WHERE i.indisunique AND NOT i.indisprimary"
        )
        models = [m for m in apps.get_models() if m._meta.app_label != "procrastinate"]
        tables = {model._meta.db_table for model in models} - {
            "django_content_type",
            "auth_permission",
            "auth_group",
            "django_admin_log",
        }
        return {name: table for name, table in cursor.fetchall() if table in tables}


def raised():
    """Return the names that triggers give to their refusals."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.prosrc, t.tgrelid::regclass::text FROM pg_trigger t"
            " JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
            " UNION SELECT prosrc, 'enrollments' FROM pg_proc WHERE proname IN"
            "  ('count_enrolled', 'check_allocation', 'check_payments_left', 'refuse_closed',"
            "   'check_billing', 'bill_students', 'undo_billing', 'set_money_settings',"
            "   'apply_for_admission', 'refuse_merge', 'undo_merge')"
        )
        names = set()
        for source, table in cursor.fetchall():
            names |= set(re.findall(r"constraint\s*=\s*'(\w+)'", source))
            names |= set(re.findall(r"rule := '(\w+)'", source))
            names |= set(re.findall(r"refuse_(?:payment|invoice)\([\w']+, '(\w+)'", source))
            names |= set(re.findall(r"refuse_billing\('(\w+)'", source))
            names |= {
                f"{table}{suffix}"
                for suffix in re.findall(r"constraint\s*=\s*tg_table_name \|\| '(\w+)'", source)
            }
        return names


def test_every_constraint_has_a_sentence(db):
    missing = {
        name for name in catalog() if not INTERNAL.search(name) and name not in constraints.RULES
    }
    assert missing == set()


def test_every_refusal_of_a_trigger_has_a_sentence(db):
    # The trail is changed by nobody, so nobody is told.
    assert raised() - {"audit_logs_append_only"} - constraints.RULES.keys() == set()


def test_every_sentence_is_about_something_that_exists(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f'")
        keys = {row[0] for row in cursor.fetchall()}
    assert constraints.RULES.keys() - catalog().keys() - raised() - keys == set()


def test_every_sentence_stands_at_a_field_of_its_table(db):
    fields = {
        model._meta.db_table: {field.name for field in model._meta.get_fields()}
        for model in apps.get_models()
    }
    tables = catalog()
    wrong = {
        name: field
        for name, (field, _) in constraints.RULES.items()
        if name in tables and field is not None and field not in fields[tables[name]]
    }
    assert wrong == {}


def explained(do):
    """Return (message, field) of what the database says to `do`."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        do()
    refusal = constraints.explain(error.value)
    return refusal and (refusal.message, refusal.field)


@pytest.fixture
def school(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def person(**fields):
    return lambda: User.objects.create_user(
        **{"email": "n@example.com", "name": "N", "role": "student"} | fields
    )


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        (
            {"email": "ADMIN@School-A.example"},
            ("Someone at this school already has this e-mail address.", "email"),
        ),
        ({"email": "nonsense"}, ("This is not a valid e-mail address.", "email")),
        ({"email": "a@b.c|d"}, ("This is not a valid e-mail address.", "email")),
        ({"role": "parent"}, ("This role does not exist.", "role")),
        ({"name": None}, ("This is required.", "name")),
        ({"name": "x" * 256}, ("A text is too long.", None)),
        ({"tenant_id": "00000000-0000-0000-0000-000000000000"}, None),
    ],
)
def test_a_wrong_person_is_explained(school, fields, answer):
    if answer is None:
        answer = ("You are not allowed to do this.", None)
    assert explained(person(**fields)) == answer


def test_a_reference_to_nothing_or_to_another_school_is_explained(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert explained(
            lambda: SchoolClass.objects.create(
                name="N", start_date="2026-01-01", teacher_id=cast.b.teacher.pk
            )
        ) == ("This does not exist at your school.", "teacher")


def test_every_key_of_a_school_is_explained_at_a_field(db):
    """By the key's name: PostgreSQL tells the column only to who may read both tables whole."""
    fields = {
        model._meta.db_table: {field.name for field in model._meta.get_fields()}
        for model in apps.get_models()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'f' AND cardinality(conkey) = 2"
        )
        keys = [key for key in cursor.fetchall() if key[0] in fields]
    assert len(keys) >= 17
    for table, name in keys:
        if table not in ("credentials", "sessions", "django_admin_log"):
            diag = SimpleNamespace(constraint_name=name, table_name=table, message_detail="")
            assert constraints._foreign_key(diag).field in fields[table], name


@pytest.mark.parametrize("column", ["student", "school_class"])
def test_what_is_missing_is_explained_at_its_field(school, column):
    fields = {"student": school.other_student, "school_class": school.school_class} | {column: None}
    assert explained(lambda: Enrollment.objects.create(**fields)) == ("This is required.", column)


def test_a_row_in_use_is_explained(school):
    def delete():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM classes WHERE id = %s", [school.school_class.pk])

    message, field = explained(delete)
    assert message.startswith("This is still in use (")
    assert field is None


def test_the_rules_of_classes_and_money_are_explained(school):
    full = SchoolClass.objects.create(name="F", start_date="2026-01-01", capacity=1)
    Enrollment.objects.create(student=school.student, school_class=full)
    cases = [
        (
            lambda: Enrollment.objects.create(student=school.other_student, school_class=full),
            ("The class is full.", "school_class"),
        ),
        (
            lambda: SchoolClass.objects.filter(pk=full.pk).update(capacity=0),
            ("The capacity must be above zero and not below the number enrolled.", "capacity"),
        ),
        (
            lambda: SchoolClass.objects.filter(pk=full.pk).update(end_date="2025-01-01"),
            ("The last day is before the first day.", "end_date"),
        ),
        (
            lambda: Invoice.objects.filter(pk=school.invoice.pk).update(currency="EUR"),
            (
                "An issued invoice stays as it is. Cancel it, or write a credit note, and issue"
                " another one.",
                "currency",
            ),
        ),
    ]
    for do, answer in cases:
        assert explained(do) == answer


def test_a_fault_of_ours_is_not_explained(school):
    def fault():
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")

    assert explained(fault) is None


def test_an_email_is_taken_within_the_school_and_among_the_living(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        made = person(email=cast.a.admin.email)()
        made.delete()
        person(email=cast.a.admin.email.upper())()
        with pytest.raises(DatabaseError) as error, transaction.atomic():
            made.restore()
        assert constraints.explain(error.value).field == "email"
