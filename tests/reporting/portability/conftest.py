"""Two database servers of their own, so to say: what is written there is really committed.

A school's file is made on a connection of its own and rebuilt by the owner on another one; neither
sees what a test's transaction has not committed.
"""

import threading
from contextlib import contextmanager

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connections

from core import hosts
from core.database import roles
from core.database.urls import django_database

HERE, THERE = "test_portability", "test_portability_there"


class Server:
    """One database; `run(function)` calls it in a thread whose connections go there."""

    def __init__(self, postgres, database, blocker):
        self.postgres, self.database, self._blocker = postgres, database, blocker
        roles.prepare(postgres.url("admin", database), database)
        self.run(lambda: call_command("migrate", verbosity=0))

    def run(self, function):
        """Return what `function()` returns; what it raises is raised here."""
        result = []

        def work():
            try:
                for alias, role in (("default", "app"), ("owner", "owner")):
                    connections[alias] = connections[alias].copy(alias)
                    connections[alias].settings_dict |= django_database(
                        self.postgres.url(role, self.database)
                    )
                with self._blocker.unblock():
                    hosts.forget()
                    result.append((function(), None))
            except BaseException as error:  # noqa: BLE001 - handed to the test
                result.append((None, error))
            finally:
                connections.close_all()
                hosts.forget()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(600)
        ContentType.objects.clear_cache()  # its keys are of the other database
        value, error = result[0]
        if error is not None:
            raise error
        return value


@pytest.fixture(scope="session")
def here(postgres, django_db_setup, django_db_blocker):
    return Server(postgres, HERE, django_db_blocker)


@pytest.fixture(scope="session")
def there(postgres, django_db_setup, django_db_blocker):
    return Server(postgres, THERE, django_db_blocker)


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
