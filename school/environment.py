"""The environment variables, and those of the `.env` file beside manage.py where they are not set.

Whoever reads the environment before the settings do (gunicorn's configuration) loads it first.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

HINT = "See .env.example for every variable and its form."
BASE_DIR = Path(__file__).resolve().parent.parent


def load():
    """Put the variables of `.env` into the environment; what is there already wins."""
    environ.Env.read_env(BASE_DIR / ".env")


def whole_number(name, default, least=1):
    """Return the environment variable `name` as an int of at least `least`, or refuse it."""
    text = os.environ.get(name, str(default)).strip()
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(
            f"{name} must be a whole number of at least {least}, not {text!r}. {HINT}"
        )
    return int(text)
