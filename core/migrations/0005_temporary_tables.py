from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("core", "0004_admin_log")]
    operations = [run_sql(__file__, "0005_temporary_tables")]
