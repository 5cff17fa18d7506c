from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("academics", "0004_rebuilding")]
    operations = [run_sql(__file__, "0005_grades_by_key")]
