from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("reporting", "0008_report_cards"), ("academics", "0007_teaching_day_rules")]
    operations = [run_sql(__file__, "0009_report_terms")]
