from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_rules"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]
    operations = [run_sql(__file__, "0004_admin_log")]
