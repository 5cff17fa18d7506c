"""What the project uses of django_tenants.models, which carries no types."""

from django.db import models

class TenantMixin(models.Model):
    auto_create_schema: bool
    auto_drop_schema: bool
    domain_url: str | None

    class Meta:
        abstract = True

class DomainMixin(models.Model):
    domain: models.CharField
    tenant: models.ForeignKey
    is_primary: models.BooleanField

    class Meta:
        abstract = True
