"""The specification's four report views, as read-only models.

Each model reads the keyed view (`view_..._keyed`): the columns of the specification's view plus
`id`, which Django needs to tell rows apart, and what its list is searched by.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import AllObjectsManager, TenantQuerySet


class ReportRow(models.Model):
    """One row of a report, read under the reader's own rights."""

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("core.Tenant", on_delete=models.DO_NOTHING, related_name="+")

    objects = AllObjectsManager.from_queryset(TenantQuerySet)()

    class Meta:
        abstract = True


class UserRoster(ReportRow):
    """Everyone of the school who was not deleted."""

    email = models.CharField(_("e-mail"), max_length=255)
    name = models.CharField(_("name"), max_length=255)
    role = models.CharField(_("role"), max_length=50)
    status = models.CharField(_("status"), max_length=50)
    created_at = models.DateTimeField(_("created"))
    last_login = models.DateTimeField(_("last sign-in"), null=True)

    class Meta:
        managed = False
        db_table = "view_user_roster"
        verbose_name = _("user roster")
        verbose_name_plural = _("user roster")
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return self.name


class ClassEnrollmentReport(ReportRow):
    """Who is, or was, enrolled in which class."""

    class_id = models.UUIDField()
    class_name = models.CharField(_("class"), max_length=255)
    level = models.CharField(_("level"), max_length=50, null=True)
    student_id = models.UUIDField()
    student_name = models.CharField(_("student"), max_length=255)
    student_email = models.CharField(_("e-mail"), max_length=255)
    enrollment_date = models.DateField(_("enrolled on"))
    enrollment_status = models.CharField(_("status"), max_length=50)
    attendance_rate = models.DecimalField(
        _("attendance rate"), max_digits=5, decimal_places=2, null=True
    )
    current_grade = models.CharField(_("current grade"), max_length=10, null=True)
    teacher_name = models.CharField(_("teacher"), max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "view_class_enrollment_keyed"
        verbose_name = _("class enrollment")
        verbose_name_plural = _("class enrollment")
        ordering = ["class_name", "student_name", "id"]

    def __str__(self):
        return f"{self.student_name} – {self.class_name}"


class AttendanceReport(ReportRow):
    """Every attendance record with its date, class and people."""

    session_date = models.DateField(_("date"))
    class_name = models.CharField(_("class"), max_length=255)
    class_id = models.UUIDField()
    student_name = models.CharField(_("student"), max_length=255)
    student_id = models.UUIDField()
    attendance_status = models.CharField(_("status"), max_length=50)
    notes = models.TextField(_("notes"), null=True)
    teacher_name = models.CharField(_("teacher"), max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "view_attendance_report_keyed"
        verbose_name = _("attendance report")
        verbose_name_plural = _("attendance report")
        ordering = ["-session_date", "class_name", "student_name", "id"]

    def __str__(self):
        return f"{self.student_name} {self.session_date}"


class PaymentLedger(ReportRow):
    """Every payment with its invoice."""

    payment_date = models.DateField(_("paid on"))
    student_name = models.CharField(_("student"), max_length=255)
    student_email = models.CharField(_("e-mail"), max_length=255)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    payment_method = models.CharField(_("method"), max_length=50)
    invoice_number = models.CharField(_("invoice"), max_length=50)
    invoice_status = models.CharField(_("invoice status"), max_length=50)
    transaction_id = models.CharField(_("transaction id"), max_length=255, null=True)
    student_id = models.UUIDField()
    invoice_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "view_payment_ledger_keyed"
        verbose_name = _("payment ledger")
        verbose_name_plural = _("payment ledger")
        ordering = ["-payment_date", "-id"]

    def __str__(self):
        return f"{self.invoice_number} {self.payment_date}"
