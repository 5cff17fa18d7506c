"""Mark the invoices that became overdue, in every school by its own date."""

from django.core.management.base import BaseCommand
from django.db import connections, transaction


class Command(BaseCommand):
    help = "Mark unpaid invoices whose due date is past as overdue (run it daily or hourly)."

    def handle(self, *args, **options):
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("SELECT app.mark_overdue_invoices()")
            marked = cursor.fetchone()[0]
        self.stdout.write(f"{marked} invoice{'' if marked == 1 else 's'} marked as overdue.")
