"""Remove audit entries that are past their retention of two years."""

from typing import Any

from django.core.management.base import BaseCommand

from core.services import retention


class Command(BaseCommand):
    help = "Remove audit entries older than two years, now (the worker does it every night)."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = retention.forget_old_audit_logs()
        entries = "entry" if removed == 1 else "entries"
        self.stdout.write(f"{removed} audit {entries} older than two years removed.")
