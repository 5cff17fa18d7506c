"""Functions, triggers, views, constraints and row-level security of reporting."""

from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0001_initial"),
        ("academics", "0002_rules"),
        ("exchange", "0002_rules"),
        ("finance", "0002_rules"),
    ]
    operations = [run_sql(__file__, "0002_rules")]
