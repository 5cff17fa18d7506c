from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0006_portable")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="requester_role",
            field=models.CharField(blank=True, editable=False, max_length=20, null=True),
        ),
    ]
