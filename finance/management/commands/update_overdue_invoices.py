"""Mark the invoices that became overdue, in every school by its own date."""

from django.core.management.base import BaseCommand

from finance.services import overdue


class Command(BaseCommand):
    help = "Mark unpaid invoices whose due date is past as overdue, now (the worker does it too)."

    def handle(self, *args, **options):
        marked = overdue.mark()
        self.stdout.write(f"{marked} invoice{'' if marked == 1 else 's'} marked as overdue.")
