"""What somebody else saved while the rows of a file were judged is neither lost nor undone."""

import pytest

from core.models import User
from exchange import imports
from exchange.imports.staging import Staging
from tests.factories.imports import Office, counts, problems

ROWS = [["E-mail", "Name", "Role"], ["student@school-a.example", "Renamed", "student"]]


@pytest.fixture
def office(cast):
    with Office(cast.a) as office:
        yield office


@pytest.fixture
def meanwhile(monkeypatch):
    """Return a function; what it is given is done between judging the rows and writing them."""
    write = Staging.write

    def set_deed(deed):
        def write_after_it(staging):
            deed()
            return write(staging)

        monkeypatch.setattr(Staging, "write", write_after_it)

    return set_deed


def test_a_column_that_the_file_does_not_change_is_left_as_it_is_by_then(cast, office, meanwhile):
    batch = office.checked("core.user", [[*ROWS[0], "Phone"], [*ROWS[1], cast.a.student.phone]])
    meanwhile(lambda: User.objects.filter(pk=cast.a.student.pk).update(phone="+49 30 7"))
    imports.apply(batch, office.user)
    assert (batch.status, counts(batch)) == ("applied", (0, 1, 0, 0))
    person = User.objects.get(pk=cast.a.student.pk)
    assert (person.name, person.phone) == ("Renamed", "+49 30 7")


def test_who_was_deleted_by_then_is_not_changed(cast, office, meanwhile):
    batch = office.checked("core.user", ROWS)
    meanwhile(lambda: User.objects.filter(pk=cast.a.student.pk).delete())
    imports.apply(batch, office.user)
    assert (batch.status, counts(batch)) == ("refused", (0, 0, 0, 1))
    assert problems(batch) == [(2, "", "This row was changed by someone meanwhile.")]
    assert User.all_objects.get(pk=cast.a.student.pk).name == "Student"
