"""What a school's file consists of follows from the models; nothing of a school is forgotten."""

import json
import uuid

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import UUIDField

from core import isolation
from exchange.school_file import tables

pytestmark = pytest.mark.django_db
OUTSIDE = {"django_admin_log"}  # Django's own; the reason stands in LEFT_OUT
# UUIDs of other systems' accounts and of forms, not of rows of ours.
FOREIGN = {("users", "auth_id"), ("payments", "token"), ("applications", "form_key")}
SCHOOL = uuid.UUID("9b2d6d9e-3c1a-4c6e-9f5e-0d0b8f3c1a77")
OTHER = uuid.UUID("41c3f7a6-0e5b-4d1c-8a37-6f0c2b9d8e55")


def test_every_table_of_a_school_is_in_it_or_left_out_for_a_reason():
    of_schools = {
        table.name
        for table in isolation.read(connection)
        if not table.is_tenant_free and (table.has_tenant or table.name == "tenants")
    }
    inside = {table.name for table in tables.school_tables()}
    assert inside | set(tables.LEFT_OUT_TABLES) | OUTSIDE == of_schools
    assert inside & set(tables.LEFT_OUT_TABLES) == set()


def test_every_column_is_in_it_but_for_passwords_and_the_school_itself():
    models = {model._meta.db_table: model for model in apps.get_models()}
    with connection.cursor() as cursor:
        for table in tables.school_tables()[1:]:
            cursor.execute(f"SELECT * FROM {table.name} LIMIT 0")
            there = {column.name for column in cursor.description}
            left_out = {"tenant_id"} | tables.LEFT_OUT_COLUMNS.get(table.name, set())
            fields = models[table.name]._meta.fields
            left_out |= {field.column for field in fields if field.generated}
            assert set(table.names) | left_out == there, table.name
            assert table.names[0] == "id"


def test_every_uuid_is_an_id_of_a_row_or_known_to_be_foreign():
    models = {model._meta.db_table: model for model in apps.get_models()}
    for table in tables.school_tables()[1:]:
        for column in table.columns:
            field = next(f for f in models[table.name]._meta.fields if f.column == column.name)
            is_uuid = isinstance(getattr(field, "target_field", field), UUIDField)
            assert (column.kind == tables.ID) == (
                is_uuid and (table.name, column.name) not in FOREIGN
            ), (table.name, column.name)


def test_parents_come_before_children():
    names = [table.name for table in tables.school_tables()]
    for table in isolation.read(connection):
        for key in table.foreign_keys:
            if table.name in names and key["target"] != table.name:
                assert names.index(key["target"]) < names.index(table.name)


def fetch_one(query, *params):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchone()[0]


def portable(value, school=SCHOOL):
    return uuid.UUID(int=value.int ^ school.int)


def test_portable_ids_lead_back_and_over_to_another_school():
    pk = uuid.uuid4()
    moved = fetch_one("SELECT app.portable_id(app.portable_id(%s, %s), %s)", pk, SCHOOL, OTHER)
    assert fetch_one("SELECT app.portable_id(%s, %s)", pk, SCHOOL) == portable(pk)
    assert fetch_one("SELECT app.portable_id(%s, %s)", portable(pk), SCHOOL) == pk
    assert moved not in (pk, portable(pk))
    assert (moved.version, moved.variant) == (4, uuid.RFC_4122)
    assert fetch_one("SELECT app.portable_id(NULL, %s)", SCHOOL) is None


ID, ELSEWHERE = uuid.uuid4(), str(uuid.uuid4())


@pytest.mark.parametrize("function", ["portable_json({})", "portable_document({})"])
@pytest.mark.parametrize(
    "document",
    [
        {"student_id": ID, "note": ELSEWHERE},
        {"student_id": {"before": None, "after": ID}, "auth_id": {"after": ELSEWHERE}},
        {"student_id": {"before": ID, "after": ID}, "status": {"before": "x", "after": None}},
        {"selection": {"before": None, "after": [ID, ID, "all", 1, None]}},
        {"filters": {"after": {"class_id": ID, "search": ELSEWHERE}, "before": {}}},
        {"teacher_id": {"before": ID, "after": ID, "by": {"user_id": ID}}},
        {"student_id": "not an id at all", "class_id": "12345678-1234-1234-1234-1234567890AB"},
        {"student_id": {}, "class_id": [], "invoice_id": 7, "user_id": True},
        [{"class_id": ID}, ELSEWHERE],
        {},
        [],
        "text",
        None,
        12.50,
    ],
)
def test_ids_in_documents_are_portable_under_the_names_of_columns(function, document):
    call = "SELECT (select * from app." + function.format("%s::jsonb, %s, %s") + ")"
    before = json.dumps(document, default=str)
    expected = json.loads(before.replace(str(ID), str(portable(ID))))
    moved = fetch_one(call, before, SCHOOL, tables.json_keys())
    assert json.loads(moved) == expected
    assert json.loads(fetch_one(call, moved, SCHOOL, tables.json_keys())) == json.loads(before)


def test_no_document_stays_none():
    call = "SELECT (select * from app.portable_document(NULL, %s, %s))"
    assert fetch_one(call, SCHOOL, tables.json_keys()) is None
