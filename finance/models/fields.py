"""Columns that several tables of money have."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.defaults import school_currency
from core.models.base import TenantForeignKey
from finance.currencies import validate_currency


def currency() -> models.CharField:
    """Return the column of a row's currency; a new row is in the school's."""
    return models.CharField(
        _("currency"),
        max_length=3,
        default=school_currency,
        db_default="USD",
        validators=[validate_currency],
    )


def recorded_by() -> TenantForeignKey:
    """Return the column of who wrote the row, which the database fills in."""
    return TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        editable=False,
        db_column="recorded_by",
        related_name="+",
        verbose_name=_("recorded by"),
    )


def guardian_who_pays() -> TenantForeignKey:
    return TenantForeignKey(
        "core.Guardian",
        null=True,
        blank=True,
        db_column="payer_guardian_id",
        related_name="+",
        verbose_name=_("paid by guardian"),
    )


def sponsor_who_pays() -> TenantForeignKey:
    return TenantForeignKey(
        "finance.Sponsor",
        null=True,
        blank=True,
        db_column="payer_sponsor_id",
        related_name="+",
        verbose_name=_("paid by sponsor"),
    )


def one_payer(name: str) -> models.CheckConstraint:
    """Return the rule that a guardian or a sponsor pays, not both; neither is the family."""
    return models.CheckConstraint(
        condition=models.Q(payer_guardian__isnull=True) | models.Q(payer_sponsor__isnull=True),
        name=name,
    )
