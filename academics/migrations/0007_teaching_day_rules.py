from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("academics", "0006_teaching_day"), ("core", "0009_guardian_rules")]
    operations = [run_sql(__file__, "0007_teaching_day_rules")]
