from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("core", "0008_guardians")]
    operations = [run_sql(__file__, "0009_guardian_rules")]
