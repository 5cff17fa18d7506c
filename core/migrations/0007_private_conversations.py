from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("core", "0006_rebuilding")]
    operations = [run_sql(__file__, "0007_private_conversations")]
