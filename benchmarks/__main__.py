"""Measure the attendance list against a stock ModelAdmin, on a database server of its own.

python -m benchmarks [--rows 10000 1000000]
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="school-bench-"))
    directory.chmod(0o711)  # as root, the server's own account must get in
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "school.settings",
        "SCHOOL_DATA_DIR": str(directory),
        "DEBUG": "on",
        "LOG_LEVEL": "ERROR",
    }
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    from core.database import roles
    from core.database.server import EmbeddedServer

    server = EmbeddedServer(directory, settings={"fsync": "off", "max_wal_size": "4GB"})
    server.start()
    try:
        roles.prepare(server.url("admin"))
        measure(arguments.rows, server.url("admin"))
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def measure(sizes, url):
    """Fill one school a size, as the administrator at `url`; print a line for each page."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks import attendance

    call_command("migrate", verbosity=0)
    for rows in sizes:
        attendance.report(rows, url)


if __name__ == "__main__":
    main()
