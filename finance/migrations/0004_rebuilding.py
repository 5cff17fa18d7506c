from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_search"), ("core", "0006_rebuilding")]
    operations = [run_sql(__file__, "0004_rebuilding")]
