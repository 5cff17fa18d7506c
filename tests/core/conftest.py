from copy import deepcopy

import pytest
from django.db import transaction

from tests.factories.cast import load_cast
from tests.factories.committed import committed  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """Insert what `schools` has, for all tests of a file; each has a savepoint of its own."""
    from tests.core.test_policies import complete

    with django_db_blocker.unblock(), transaction.atomic():
        cast = load_cast()
        yield complete(cast.a), complete(cast.b)
        transaction.set_rollback(True)


@pytest.fixture
def schools(kept, db):
    """Return both schools' `Rows`, with a row of every kind for every person."""
    return deepcopy(kept)
