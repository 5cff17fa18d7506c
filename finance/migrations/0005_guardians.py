from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("finance", "0004_rebuilding"), ("core", "0009_guardian_rules")]
    operations = [run_sql(__file__, "0005_guardians")]
