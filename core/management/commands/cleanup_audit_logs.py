"""Remove audit entries that are past their retention of two years."""

from django.core.management.base import BaseCommand
from django.db import connections, transaction


class Command(BaseCommand):
    help = "Remove audit entries older than two years (run it daily, from cron or a timer)."

    def handle(self, *args, **options):
        # Only the owner may delete from the trail; cleanup_old_audit_logs() holds the rule.
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_logs WHERE timestamp < now() - interval '2 years'"
            )
            removed = cursor.fetchone()[0]
            cursor.execute("SELECT cleanup_old_audit_logs()")
        entries = "entry" if removed == 1 else "entries"
        self.stdout.write(f"{removed} audit {entries} older than two years removed.")
