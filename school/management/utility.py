"""`manage.py`'s commands: without those of Django and its libraries that would crash or destroy."""

import sys

from django.core.management import ManagementUtility, get_commands

NO_SCHEMAS = "There is no schema for each school here; schools are rows. {}"
NO_FIXTURES = "It would see no school's rows, or all of them. {}"
# name -> what to do instead
REFUSED = {
    "clone_tenant": NO_SCHEMAS.format("Use import_school."),
    "collectstatic_schemas": NO_SCHEMAS.format("Use collectstatic."),
    "create_domain": "The platform's operators give schools their domains, on the platform's host.",
    "create_missing_schemas": NO_SCHEMAS.format("Use migrate."),
    "create_tenant": "Use create_school.",
    "create_tenant_superuser": "Use create_school, or invite an admin in the school's office.",
    "delete_domain": "The platform's operators remove domains, on the platform's host.",
    "delete_tenant": "Schools are archived by the platform's operators, and never deleted.",
    "migrate_schemas": NO_SCHEMAS.format("Use migrate."),
    "rename_schema": NO_SCHEMAS.format("A subdomain is changed on the platform's host."),
    "export": "Use export_report, export_oneroster, or the export of a list.",
    "import": "Use import_oneroster, import_school, or the import of a list.",
    "dumpdata": NO_FIXTURES.format("Use backup, or the school's file."),
    "loaddata": NO_FIXTURES.format("Use restore, or import_school."),
    "flush": "It would empty every school's tables. Use reset_database, which asks first.",
    "sqlflush": "It would empty every school's tables. Use reset_database, which asks first.",
    "createsuperuser": "Use create_school, or seed --profile prod for an operator.",
    "changepassword": "People set their passwords by a link; the school's office sends one.",
    "test": "Use make test.",
    "testserver": "Use make run.",
}


class Utility(ManagementUtility):
    """Django's, which refuses some commands with a sentence and does not list them."""

    def main_help_text(self, commands_only=False):
        commands = get_commands()  # one dict for the whole process
        for name in REFUSED:
            commands.pop(name, None)
        return super().main_help_text(commands_only)

    def fetch_command(self, subcommand):
        if subcommand in REFUSED:
            sys.exit(f"{subcommand} is not for this application. {REFUSED[subcommand]}")
        return super().fetch_command(subcommand)
