"""A batch from its upload to its undoing."""

import pytest

from core.models import AuditLog, User
from exchange import imports
from tests.factories.imports import Office, counts, problems

HEADERS = ["E-mail", "Name", "Role", "Phone"]
NEW = ["new@school-a.example", "New Person", "student", "+49 30"]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


def test_a_check_changes_nothing_and_says_what_would(cast, office):
    changed = [cast.a.student.email, "Renamed", "student", ""]
    same = [cast.a.teacher.email, "Teacher", "teacher", ""]
    batch = office.checked("core.user", [HEADERS, NEW, changed, same])
    assert (batch.status, counts(batch), batch.row_count) == ("previewed", (1, 1, 1, 0), 3)
    rows = {row.row_number: row for row in batch.rows.all()}
    assert rows.keys() == {2, 3}
    assert rows[2].after["email"] == "new@school-a.example"
    assert (rows[3].before, rows[3].after) == ({"name": "Student"}, {"name": "Renamed"})
    assert rows[3].resource_id == cast.a.student.pk
    assert User.objects.get(pk=cast.a.student.pk).name == "Student"
    assert not User.objects.filter(email="new@school-a.example").exists()


def test_what_was_checked_is_applied_and_audited(cast, office):
    batch = office.applied("core.user", [HEADERS, NEW])
    assert (batch.status, counts(batch)) == ("applied", (1, 0, 0, 0))
    created = User.objects.get(email="new@school-a.example")
    assert (created.name, created.role, created.phone) == ("New Person", "student", "+49 30")
    assert not created.has_usable_password()
    log = AuditLog.objects.get(resource_id=created.pk)
    assert log.metadata["import_batch"] == str(batch.pk)
    assert log.user_id == cast.a.admin.pk


def test_one_wrong_row_keeps_all_rows_out(office):
    batch = office.checked("core.user", [HEADERS, NEW, ["bad", "Bad", "student", ""]])
    assert problems(batch) == [(3, "E-mail", "This is not a valid e-mail address.")]
    with pytest.raises(imports.ImportRefused):
        imports.apply(batch, office.user)
    assert not User.objects.filter(email="new@school-a.example").exists()
