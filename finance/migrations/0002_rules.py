"""Functions, triggers, views, constraints and row-level security of finance."""

from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0001_initial"),
        ("core", "0002_rules"),
        ("academics", "0002_rules"),
    ]
    operations = [run_sql(__file__, "0002_rules")]
