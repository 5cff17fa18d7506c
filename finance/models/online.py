"""Paying online: the school's account with a provider, what was begun there, what it reported."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance.models import fields
from finance.models.invoice import Invoice
from finance.models.payment import Payment


class Provider(models.TextChoices):
    STRIPE = "stripe", _("Stripe")


class OnlineAccount(TenantModel):
    """The school's keys at a provider. No role reads them: finance/sql/online.sql."""

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    secret_key = models.TextField(_("secret key"))
    webhook_secret = models.TextField(_("signing secret"))
    # Their last characters, by which the office tells which ones are in use.
    secret_hint = models.CharField(_("secret key ends in"), max_length=4)
    webhook_hint = models.CharField(_("signing secret ends in"), max_length=4)
    is_active = models.BooleanField(_("families can pay online"), **default(True))

    class Meta(TenantModel.Meta):
        db_table = "online_accounts"
        verbose_name = _("account for online payment")
        verbose_name_plural = _("accounts for online payment")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="idx_online_accounts"),
            models.CheckConstraint(
                condition=~Q(secret_key="") & ~Q(webhook_secret=""),  # noqa: S106 - none
                name="check_online_account_keys",
            ),
        ]

    def __str__(self) -> str:
        return self.get_provider_display()


class OnlineCheckout(TenantModel):
    """Somebody went to the provider's page to pay what was open of an invoice then."""

    invoice = TenantForeignKey(Invoice, related_name="checkouts", verbose_name=_("invoice"))
    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    # The invoice's balance and currency when it began; the database writes them.
    amount = AmountField(_("amount"), editable=False, **default(0))
    currency = fields.currency()
    started_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        editable=False,
        db_column="started_by",
        related_name="+",
        verbose_name=_("begun by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "online_checkouts"
        verbose_name = _("online payment begun")
        verbose_name_plural = _("online payments begun")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="online_checkouts_tenant_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="check_checkout_amount"),
        ]
        indexes = [
            models.Index(fields=["tenant", "invoice"], name="idx_online_checkouts_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class OnlineEvent(TenantModel):
    """A message of the provider, taken in once however often it is delivered."""

    class Outcome(models.TextChoices):
        RECORDED = "recorded", _("Payment recorded")
        REFUNDED = "refunded", _("Refund recorded")
        WAITING = "waiting", _("Waits for its payment")
        IGNORED = "ignored", _("Nothing to do")
        PROBLEM = "problem", _("Look into it")
        SETTLED = "settled", _("Dealt with")

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    event_id = models.CharField(_("its id"), max_length=255)
    kind = models.CharField(_("kind"), max_length=100)
    happened_at = models.DateTimeField(_("happened"))
    # The provider's own number of the payment: `payments.transaction_id`.
    reference = models.CharField(_("payment reference"), max_length=255, null=True, blank=True)
    # Of a refund: all that went back of the payment so far.
    refunded = AmountField(_("refunded so far"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome)
    note = models.TextField(_("note"), null=True, blank=True)
    checkout = TenantForeignKey(
        OnlineCheckout, null=True, blank=True, related_name="events", verbose_name=_("checkout")
    )
    payment = TenantForeignKey(
        Payment, null=True, blank=True, related_name="+", verbose_name=_("payment")
    )

    class Meta(TenantModel.Meta):
        db_table = "online_events"
        verbose_name = _("message about online payments")
        verbose_name_plural = _("messages about online payments")
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "provider", "event_id"], name="idx_online_events"
            ),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "recorded", "refunded", "waiting", "ignored", "problem", "settled",
                    ]
                ),
                name="check_online_event_outcome",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant", "reference"], name="idx_online_events_reference"),
            models.Index(
                fields=["tenant", "-happened_at", "-id"], name="idx_online_events_happened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
