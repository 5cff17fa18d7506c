"""Other databases than the suite's own, for what a test's transaction cannot show."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from core.database.urls import django_database


def connect_to(server, database):
    """Have all threads' new connections of Django go to a database of `server`."""
    for alias, role in (("default", "app"), ("owner", "owner")):
        entry = django_database(server.url(role, database))
        connections[alias].settings_dict.update(entry)  # the threads share it
        settings.DATABASES[alias].update(entry)


@contextmanager
def everywhere_connected(server, database):
    """Have all threads' connections go to a database of `server` for the time of the block."""
    before = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
    connections.close_all()
    connect_to(server, database)
    try:
        yield
    finally:
        connections.close_all()
        for alias, entry in before.items():
            connections[alias].settings_dict.update(entry)
            settings.DATABASES[alias].update(entry)


@contextmanager
def connected(server, database, blocker):
    """Have Django's connections of this thread go to a database of `server` in the block."""
    before = {alias: connections[alias] for alias in ("default", "owner")}
    try:
        for alias, role in (("default", "app"), ("owner", "owner")):
            connections[alias] = before[alias].copy(alias)
            connections[alias].settings_dict |= django_database(server.url(role, database))
        with blocker.unblock():
            yield
    finally:
        with blocker.unblock():
            for alias, connection in before.items():
                connections[alias].close()
                connections[alias] = connection
        ContentType.objects.clear_cache()  # its keys are of the other database


class Elsewhere:
    """A database of a server; `run(function)` calls it with Django's connections there."""

    def __init__(self, server, database, blocker):
        self.database = database
        self._connected = lambda: connected(server, database, blocker)

    def run(self, function):
        """Return what `function()` returns, called in a thread; what it raises is raised here."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self._call, function).result(600)

    def _call(self, function):
        with self._connected():
            return function()
