#!/usr/bin/env python
"""Run a management command of the school application."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "school.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from core.database.errors import SetupError

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, SetupError) as error:
        # A wrong setting is the operator's to mend: what to do, and no traceback.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    main()
