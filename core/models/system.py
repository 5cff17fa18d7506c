"""The audit trail, conversations, and the sessions of people who are signed in."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.base import (
    AllObjectsManager,
    OwnerTenantField,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
)


class AuditLog(models.Model):
    """One change to one row, written by a trigger; nobody can change or delete it."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    tenant = OwnerTenantField(null=True)
    user = TenantForeignKey(
        "core.User", null=True, related_name="audit_logs", verbose_name=_("person")
    )
    action = models.CharField(_("action"), max_length=100)
    resource_type = models.CharField(_("kind"), max_length=50, null=True)
    resource_id = models.UUIDField(_("record ID"), null=True)
    changes = models.JSONField(_("changes"), null=True)
    metadata = models.JSONField(_("further data"), null=True)
    timestamp = models.DateTimeField(_("time"), db_default=Now())

    objects = AllObjectsManager.from_queryset(TenantQuerySet)()

    class Meta:
        base_manager_name = "objects"
        db_table = "audit_logs"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-timestamp", "-id"]
        indexes = [
            models.Index(fields=["tenant"], name="idx_audit_logs_tenant"),
            models.Index(fields=["tenant", "user", "-timestamp"], name="idx_audit_logs_user"),
            models.Index(fields=["tenant", "-timestamp", "-id"], name="idx_audit_logs_timestamp"),
            models.Index(fields=["tenant", "action", "-timestamp"], name="idx_audit_logs_action"),
            models.Index(
                fields=["tenant", "resource_type", "resource_id", "-timestamp"],
                name="idx_audit_logs_resource",
            ),
        ]

    def __str__(self) -> str:
        return self.action.replace("_", " ").capitalize()


class Conversation(TenantModel):
    """A chat history of one person."""

    user = TenantForeignKey("core.User", related_name="conversations", verbose_name=_("person"))
    title = models.CharField(_("title"), max_length=255, null=True, blank=True)
    messages = models.JSONField(_("messages"), help_text=_("List of {role, content, timestamp}."))

    class Meta(TenantModel.Meta):
        db_table = "conversations"
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "user", "-created_at"], name="idx_conversations_user")
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)


class Session(models.Model):
    """A browser that is signed in (or about to) at one school's host (core/sql/sessions.sql).

    Read and written by the functions of the database only; core.sessions calls them.
    """

    session_key = models.CharField(primary_key=True, max_length=64)  # the key's SHA-256, in hex
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    tenant = OwnerTenantField(on_delete=models.CASCADE)
    # The database ends a deleted person's sessions; Django may not look for them.
    user = TenantForeignKey(
        "core.User", on_delete=models.DO_NOTHING, null=True, related_name="sessions"
    )

    class Meta:
        db_table = "sessions"
        indexes = [models.Index(fields=["tenant", "user"], name="idx_sessions_user")]

    def __str__(self) -> str:
        return f"{self.tenant_id} until {self.expire_date}"


class SignInAttempt(models.Model):
    """One failure at the sign-in page, or one link asked for (core/sql/sign_in_attempts.sql).

    Read and written by the functions of the database only; core.services.throttle calls them.
    """

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    tenant = OwnerTenantField(on_delete=models.CASCADE)
    purpose = models.CharField(max_length=20)
    account = models.UUIDField()
    source = models.CharField(max_length=100)
    attempted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "sign_in_attempts"
        indexes = [
            models.Index(
                fields=["tenant", "purpose", "source", "attempted_at"],
                name="idx_attempts_source",
            ),
            models.Index(
                fields=["tenant", "purpose", "account", "attempted_at"],
                name="idx_attempts_account",
            ),
            models.Index(fields=["tenant", "attempted_at"], name="idx_attempts_time"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.attempted_at}"
