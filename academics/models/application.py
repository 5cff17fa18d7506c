"""Who would like to come to the school, and the papers that came with it."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from academics.models.attachment_file import LARGEST_FILE
from core.models import StudentGuardian
from core.models.base import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
    empty_json,
)

EMAIL = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"
DAYS = (date(1900, 1, 1), date(8999, 12, 31))
OPEN = ("inquiry", "applied", "accepted")
UNDECIDED = ("inquiry", "applied")


class ApplicationQuerySet(TenantQuerySet["Application"]):
    def open(self) -> Self:
        """Return those that the office still has something to do about."""
        return self.filter(status__in=OPEN)


class Application(TenantModel):
    """A child that would like to come to the school, from the first question to the first day.

    Which step follows which is the database's to say (academics/sql/applications.sql).
    """

    class Status(models.TextChoices):
        INQUIRY = "inquiry", _("Inquiry")
        APPLIED = "applied", _("Applied")
        ACCEPTED = "accepted", _("Accepted")
        ENROLLED = "enrolled", _("Enrolled")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Source(models.TextChoices):
        OFFICE = "office", _("Office")
        FORM = "form", _("Form on the web")

    status = models.CharField(
        _("status"), max_length=20, choices=Status, **default(Status.INQUIRY.value)
    )
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    entry_date = models.DateField(_("would like to start on"), null=True, blank=True)
    level = models.CharField(_("year or level"), max_length=100, null=True, blank=True)
    # What the school's fields of students hold, by their keys, until there is a student to have it.
    record = models.JSONField(_("record"), **empty_json())
    guardian_name = models.CharField(_("guardian"), max_length=255)
    guardian_email = models.CharField(_("e-mail"), max_length=255, null=True, blank=True)
    guardian_phone = models.CharField(_("phone"), max_length=50, null=True, blank=True)
    guardian_relation = models.CharField(
        _("relation"),
        max_length=50,
        choices=StudentGuardian.Relation,
        **default(StudentGuardian.Relation.OTHER.value),
    )
    message = models.TextField(_("message of the family"), null=True, blank=True, max_length=4000)
    notes = models.TextField(_("notes of the office"), null=True, blank=True, max_length=10000)
    documents_asked = models.TextField(
        _("documents asked for"), null=True, blank=True, max_length=2000
    )
    documents_asked_at = models.DateTimeField(_("asked for documents"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, null=True, blank=True)
    received_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)
    # Who entered and who decided: the database writes it (app.keep_application).
    source = models.CharField(
        _("came by"), max_length=20, choices=Source, **default(Source.OFFICE.value)
    )
    entered_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="entered_by",
        related_name="+",
        verbose_name=_("entered by"),
    )
    decided_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="decided_by",
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    # Of the page that was filled in: sent twice, it is one application.
    form_key = models.UUIDField(null=True, blank=True, editable=False)
    student = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )

    objects = TenantManager.from_queryset(ApplicationQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "applications"
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="applications_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "form_key"], name="idx_applications_form"),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "inquiry",
                        "applied",
                        "accepted",
                        "enrolled",
                        "declined",
                        "withdrawn",
                    ]
                ),
                name="check_application_status",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=["office", "form"]), name="check_application_source"
            ),
            models.CheckConstraint(
                condition=models.Q(first_name__regex=r"\S"), name="check_application_first_name"
            ),
            models.CheckConstraint(
                condition=models.Q(last_name__regex=r"\S"), name="check_application_last_name"
            ),
            models.CheckConstraint(
                condition=models.Q(guardian_name__regex=r"\S"), name="check_application_guardian"
            ),
            models.CheckConstraint(
                condition=models.Q(guardian_email__isnull=False)
                | models.Q(guardian_phone__isnull=False),
                name="check_application_contact",
            ),
            models.CheckConstraint(
                condition=models.Q(guardian_email__isnull=True)
                | models.Q(guardian_email__iregex=EMAIL),
                name="check_application_email",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    guardian_relation__in=[
                        "mother",
                        "father",
                        "stepparent",
                        "grandparent",
                        "sibling",
                        "relative",
                        "foster_parent",
                        "legal_guardian",
                        "other",
                    ]
                ),
                name="check_application_relation",
            ),
            models.CheckConstraint(
                condition=models.Q(birth_date__range=DAYS), name="check_application_birth_date"
            ),
            models.CheckConstraint(
                condition=models.Q(entry_date__range=DAYS), name="check_application_entry_date"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=UNDECIDED, decided_at__isnull=True)
                | (~models.Q(status__in=UNDECIDED) & models.Q(decided_at__isnull=False)),
                name="check_application_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="declined")
                | models.Q(reason__isnull=False, reason__regex=r"\S"),
                name="check_application_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(status="enrolled", student__isnull=False)
                | (~models.Q(status="enrolled") & models.Q(student__isnull=True)),
                name="check_application_student",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "status", "-received_at", "-id"], name="idx_applications_status"
            ),
            models.Index(fields=["tenant", "-received_at"], name="idx_applications_received"),
            models.Index(
                fields=["tenant", "student"],
                condition=models.Q(student__isnull=False),
                name="idx_applications_student",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The child's name, as people say it."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class ApplicationDocument(TenantModel):
    """A paper of an application, kept by the office: a certificate, a report, a letter."""

    application = TenantForeignKey(
        Application,
        on_delete=models.CASCADE,
        related_name="documents",
        verbose_name=_("application"),
    )
    # Where it is kept in the school's own folder; `filename` is what people see.
    stored_name = models.CharField(max_length=255, editable=False)
    filename = models.CharField(_("file"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.IntegerField(_("size in bytes"))
    uploaded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="uploaded_by",
        related_name="+",
        verbose_name=_("uploaded by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "application_documents"
        verbose_name = _("document of an application")
        verbose_name_plural = _("documents of applications")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "stored_name"], name="idx_application_documents_file"
            ),
            models.CheckConstraint(
                condition=models.Q(size__range=(1, LARGEST_FILE)),
                name="check_application_document_size",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "application"], name="idx_application_documents_of")
        ]

    def __str__(self) -> str:
        return self.filename
