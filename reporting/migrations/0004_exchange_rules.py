from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("reporting", "0003_exchange")]
    operations = [run_sql(__file__, "0004_exchange_rules")]
