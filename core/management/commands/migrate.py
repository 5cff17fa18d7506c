"""Django's own `migrate`, in place of django-tenants' one per schema, as the owner."""

from django.core.management.commands.migrate import Command as MigrateCommand


class Command(MigrateCommand):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        # Only the owner may create tables; the application's role may not.
        parser.set_defaults(database="owner")
