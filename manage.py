#!/usr/bin/env python
"""Run a management command of the school application."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "school.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import OperationalError

    from core.database.errors import SetupError, one_line
    from school.management.utility import Utility

    try:
        Utility(sys.argv).execute()
    except (ImproperlyConfigured, SetupError) as error:
        # A wrong setting is the operator's to mend: what to do, and no traceback.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
    except OperationalError as error:
        # A server that answered says so with a code; without one there was no answer.
        if "--traceback" in sys.argv or getattr(error.__cause__, "sqlstate", None):
            raise
        sys.exit(
            f"Cannot reach the database: {one_line(error)}. (The embedded one is started by "
            "`manage.py database start`.)"
        )


if __name__ == "__main__":
    main()
