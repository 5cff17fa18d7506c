"""Two database servers of their own, so to say: what is written there is really committed.

A school's file is made on a connection of its own and rebuilt by the owner on another one; neither
sees what a test's transaction has not committed.
"""

import shutil
from contextlib import contextmanager

import pytest
from django.core.files.storage import default_storage

from tests import prepared
from tests.databases import Elsewhere

HERE, THERE = "test_portability", "test_portability_there"


@pytest.fixture(scope="session")
def here(postgres, django_db_setup, django_db_blocker):
    with prepared.new_database(postgres, HERE, prepared.MIGRATED_DATABASE):
        yield Elsewhere(postgres, HERE, django_db_blocker)


@pytest.fixture(scope="session")
def there(postgres, django_db_setup, django_db_blocker):
    with prepared.new_database(postgres, THERE, prepared.MIGRATED_DATABASE):
        yield Elsewhere(postgres, THERE, django_db_blocker)


@pytest.fixture
def demo(seeded, django_db_setup, django_db_blocker, settings):
    """The example schools, with their files."""
    shutil.copytree(prepared.seeded_files(), settings.MEDIA_ROOT)
    with prepared.new_database(seeded, HERE, prepared.SEEDED_DATABASE):
        yield Elsewhere(seeded, HERE, django_db_blocker)


@contextmanager
def fresh_storage():
    """django-tenants' storage keeps the first MEDIA_ROOT that it has seen; let it look again."""
    default_storage.exists("")  # makes it
    vars(default_storage._wrapped).pop("relative_media_root", None)
    yield
    vars(default_storage._wrapped).pop("relative_media_root", None)


@pytest.fixture(autouse=True)
def _own_media(_data_dir):
    with fresh_storage():
        yield
