from django.db import migrations

from core.database.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("reporting", "0004_exchange_rules")]
    operations = [
        # Models of the views, which the catalog took the place of; the views stay.
        migrations.DeleteModel("UserRoster"),
        migrations.DeleteModel("ClassEnrollmentReport"),
        migrations.DeleteModel("AttendanceReport"),
        migrations.DeleteModel("PaymentLedger"),
        run_sql(__file__, "0005_catalog"),
    ]
