"""Schools and the host names they answer to."""

import uuid
import zoneinfo
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.functions import RandomUUID
from django.core.validators import EmailValidator, RegexValidator
from django.db import models
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Concat, Now, Replace
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from core.models.base import default, empty_json

PLATFORM_SCHEMA = "public"
# Host names that mean something else under the base domain.
RESERVED_SUBDOMAINS = {"platform", "public", "www", "admin", "api", "mail", "static", "localhost"}

subdomain_validator = RegexValidator(
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    _("Use 1 to 63 lower-case letters, digits and hyphens; no hyphen at either end."),
)


class Tenant(TenantMixin):
    """A school (or the platform itself, whose schema_name is "public")."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ARCHIVED = "archived", _("Archived")

    USUAL_CURRENCY = "USD"
    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(
        primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    # A stable name for files, cache keys and log lines; the subdomain may change. The database
    # default serves an INSERT written against the specification, which does not know the column.
    schema_name = models.CharField(
        max_length=63,
        unique=True,
        editable=False,
        db_default=Concat(
            models.Value("s"),
            Replace(
                models.functions.Cast(RandomUUID(), models.CharField()),
                models.Value("-"),
                models.Value(""),
            ),
        ),
    )
    name = models.CharField(_("name"), max_length=255)
    subdomain = models.CharField(_("subdomain"), max_length=63, validators=[subdomain_validator])
    contact_email = models.CharField(
        _("contact e-mail"), max_length=255, validators=[EmailValidator()]
    )
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.ACTIVE.value)
    )
    settings = models.JSONField(_("settings"), **empty_json())
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "tenants"
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["subdomain"],
                name="idx_tenants_subdomain",
                violation_error_message=_("Another school already has this subdomain."),
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "archived"]),
                name="check_tenant_status",
            ),
        ]
        indexes = [models.Index(fields=["status"], name="idx_tenants_status")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if isinstance(self.schema_name, DatabaseDefault):
            self.schema_name = self.subdomain
        super().save(*args, **kwargs)

    @property
    def is_platform(self) -> bool:
        return self.schema_name == PLATFORM_SCHEMA

    @property
    def timezone(self) -> zoneinfo.ZoneInfo:
        """The school's time zone (settings key `timezone`); UTC when unset or unknown."""
        try:
            return zoneinfo.ZoneInfo((self.settings or {}).get("timezone") or "UTC")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError):
            return zoneinfo.ZoneInfo("UTC")

    @property
    def currency(self) -> str:
        """ISO 4217 code for new invoices (settings key `currency`)."""
        return (self.settings or {}).get("currency") or self.USUAL_CURRENCY

    def today(self) -> date:
        """Return today's date at the school."""
        return datetime.now(self.timezone).date()


class Domain(DomainMixin):
    """A host name under which a school is reached."""

    id = models.UUIDField(
        primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )

    # Django's forms offer True; a plain INSERT adds one more name beside the first.
    is_primary = models.BooleanField(_("main name"), default=True, db_default=False, db_index=True)

    class Meta:
        db_table = "tenant_domains"
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["domain"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.domain = self.domain.strip().lower().rstrip(".")
        super().save(*args, **kwargs)
