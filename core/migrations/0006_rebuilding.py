from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("core", "0005_temporary_tables")]
    operations = [run_sql(__file__, "0006_rebuilding")]
