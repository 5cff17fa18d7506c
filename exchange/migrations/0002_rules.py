"""Functions, triggers, views, constraints and row-level security of exchange."""

from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial"), ("core", "0002_rules")]
    operations = [run_sql(__file__, "0002_rules")]
