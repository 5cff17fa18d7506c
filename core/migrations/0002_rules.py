"""Functions, triggers, views, constraints and row-level security of core."""

from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [run_sql(__file__, "0002_rules")]
