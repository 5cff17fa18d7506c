"""Mail that was sent or is to be sent; what it says is made when it leaves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default


class Mail(TenantModel):
    """One mail of the school: to whom, of what kind, and how it fared. Never its text."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    recipient = TenantForeignKey(
        "core.User", null=True, blank=True, related_name="mails", verbose_name=_("person")
    )
    address = models.CharField(_("address"), max_length=255)
    kind = models.CharField(_("kind"), max_length=50)
    subject = models.CharField(_("subject"), max_length=255, **default(""))
    state = models.CharField(
        _("state"), max_length=20, choices=State, **default(State.WAITING.value)
    )
    attempts = models.IntegerField(_("attempts"), **default(0))
    error = models.TextField(_("error"), **default(""))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    requested_by = TenantForeignKey(
        "core.User", null=True, blank=True, related_name="+", verbose_name=_("asked for by")
    )
    params = models.JSONField(
        _("about"),
        default=dict,
        db_default=models.Value({}, output_field=models.JSONField()),
        help_text=_("Ids of the rows that it is about."),
    )

    class Meta(TenantModel.Meta):
        db_table = "mails"
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sent", "failed"]), name="check_mail_state"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_mails_created"),
            models.Index(fields=["tenant", "recipient"], name="idx_mails_recipient"),
            models.Index(fields=["tenant", "requested_by"], name="idx_mails_requested_by"),
        ]

    def __str__(self) -> str:
        return f"{self.subject or self.kind} – {self.address}"
