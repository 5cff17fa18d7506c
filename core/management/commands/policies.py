"""Write what follows from the policy table: each app's SQL, and the table in the documentation."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core import policies


class Command(BaseCommand):
    help = (
        "Write <app>/sql/<app>_policies.sql and the table in docs/isolation.md from the modules"
        " `access`. A change of a policy also needs a migration with the new SQL."
    )
    requires_system_checks = []  # they compare with the database, which is yet to follow

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in policies.files(settings.BASE_DIR).items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
