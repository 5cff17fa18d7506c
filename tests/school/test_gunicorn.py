"""The numbers of the web server fit those of the rest."""

import gc

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import processes
from core.database.roles import APP_SETTINGS
from tests.school.installation import run


@pytest.fixture
def gunicorn(monkeypatch):
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    return run("gunicorn.conf.py")


def test_a_statement_ends_before_its_worker_is_killed(gunicorn):
    assert (gunicorn["timeout"], APP_SETTINGS["statement_timeout"]) == (120, "15s")


def test_requests_end_before_quickstart_kills_the_server(gunicorn):
    assert (gunicorn["graceful_timeout"], processes.GRACE_SECONDS) == (10, 15)


def test_a_worker_keeps_its_code_from_the_garbage_collector(gunicorn):
    try:
        gunicorn["post_worker_init"](None)
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("text", ["many", "0", ""])
def test_a_wrong_number_of_processes_is_refused_with_a_sentence(monkeypatch, text):
    monkeypatch.setenv("WEB_CONCURRENCY", text)
    with pytest.raises(ImproperlyConfigured) as refused:
        run("gunicorn.conf.py")
    assert str(refused.value) == (
        f"WEB_CONCURRENCY must be a whole number of at least 1, not {text!r}."
        " See .env.example for every variable and its form."
    )
