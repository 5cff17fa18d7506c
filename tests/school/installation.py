"""An installation's settings: what school/settings.py makes of an environment, in this process."""

import os
import re
import runpy
from contextlib import contextmanager
from unittest import mock

from school import environment

BASE_DIR = environment.BASE_DIR
EXAMPLE = (BASE_DIR / ".env.example").read_text()
# Every variable that .env.example explains, in its order.
VARIABLES = re.findall(r"^#([A-Z_]+)=", EXAMPLE, re.MULTILINE)


def without_variables():
    """Return this process's environment without anything that an installation sets."""
    return {name: value for name, value in os.environ.items() if name not in VARIABLES}


@contextmanager
def installed(directory, dot_env="", **variables):
    """Have `variables` in the environment and `dot_env` as the text of `.env` in the block."""
    (directory / ".env").write_text(dot_env)
    with (
        mock.patch.dict(os.environ, without_variables() | variables, clear=True),
        mock.patch.object(environment, "BASE_DIR", directory),
    ):
        yield


def run(name):
    """Run a Python file of the project anew and return its names, as a dict."""
    return runpy.run_path(str(BASE_DIR / name))


def settings_of(directory, dot_env="", **variables):
    """Return the settings of such an installation, as a dict."""
    with installed(directory, dot_env, **variables):
        return run("school/settings.py")
