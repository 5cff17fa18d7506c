"""Every table's own columns are found, whoever was asked first."""

import subprocess
import sys

from django.conf import settings

ASK = """
import django
django.setup()
from exchange.admin.resources import UserResource  # registers itself before anybody asks
from academics.models import SchoolClass
from exchange.resources import resource_for
print(resource_for(SchoolClass).__name__)
"""


def test_resources_are_found_after_one_was_imported_alone():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "school.settings_test", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.stderr) == ("SchoolClassResource", "")
