from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_context"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [run_sql(__file__, "0003_rules")]
