import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize("arguments", [["check_isolation"], ["showmigrations"]])
def test_no_database_is_a_sentence(tmp_path, arguments):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment
        | {"SCHOOL_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "school.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot reach the database: ")
    assert "Traceback" not in done.stderr
    assert "manage.py database start" in done.stderr
