from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("reporting", "0005_catalog")]
    operations = [run_sql(__file__, "0006_portable")]
