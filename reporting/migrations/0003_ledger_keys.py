from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("reporting", "0002_rules")]
    operations = [run_sql(__file__, "0003_ledger_keys")]
