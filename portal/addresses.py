"""The paths of own pages, for mails."""

from django.urls import reverse

from core.models import StudentGuardian, User
from finance.models import Invoice


def of_invoice(invoice: Invoice, user: User) -> str:
    """Return the path of an invoice's page for a student or guardian; "" for anybody else."""
    if user.pk == invoice.student_id:
        return reverse("my_invoice", args=[invoice.pk])
    links = StudentGuardian.objects.filter(
        student=invoice.student_id, guardian__user=user, portal_access=True
    )
    return reverse("child_invoice", args=[invoice.student_id, invoice.pk]) if links else ""
