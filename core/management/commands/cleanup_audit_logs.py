"""Remove audit entries that are past their retention."""

from typing import Any

from django.core.management.base import BaseCommand

from core.services import retention


class Command(BaseCommand):
    help = "Remove audit entries that had their time (two years, or the school's own), now."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = retention.forget_old_audit_logs()
        entries = "entry" if removed == 1 else "entries"
        self.stdout.write(f"{removed} audit {entries} removed.")
