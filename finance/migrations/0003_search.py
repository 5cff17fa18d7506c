from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_rules"),
        ("core", "0003_rules"),
    ]
    operations = [run_sql(__file__, "0003_search")]
