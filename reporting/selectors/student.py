"""What a student sees of themselves. Row-level security leaves only their own rows."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import DecimalField, F, Sum, Value
from django.db.models.functions import Coalesce

from academics.models import Assignment, ClassSession, Enrollment, Grade
from core.models import User
from finance.models import Invoice

DUE_WITHIN = timedelta(days=14)
RECENT_GRADES = 5
NOTHING = Value(Decimal("0.00"), output_field=DecimalField(max_digits=10, decimal_places=2))


def sessions_on(day):
    """Return the class sessions of a date, in the order of the day; cancelled ones too."""
    return (
        ClassSession.objects.filter(session_date=day)
        .select_related("school_class")
        .order_by("start_time", "id")
    )


def classes(student):
    """Return the student's enrollments that are not dropped, active ones first."""
    return (
        Enrollment.objects.filter(student=student)
        .exclude(status=Enrollment.Status.DROPPED)
        .filter(school_class__deleted_at__isnull=True)
        .select_related("school_class")
        .order_by("status", "school_class__name")
    )


def assignments_due(student, today):
    """Return open assignments of the coming two weeks that the student has not handed in."""
    return (
        Assignment.objects.filter(
            status=Assignment.Status.ACTIVE,
            due_date__range=(today, today + DUE_WITHIN),
        )
        .exclude(submissions__student=student)
        .select_related("school_class")
        .order_by("due_date", "title")
    )


def recent_grades(student):
    """Return the student's latest grades, newest first.

    Prefetched, not joined: an assignment of a class that is over is hidden from its students, and
    a join would take the grade away with it.
    """
    return (
        Grade.objects.filter(student=student)
        .prefetch_related("assignment")
        .order_by("-graded_at", "-id")[:RECENT_GRADES]
    )


def open_invoices(student):
    """Return unpaid invoices with `balance`, what is still to pay; the oldest first."""
    paid = Coalesce(Sum("payments__amount"), NOTHING)
    return (
        Invoice.objects.open()
        .for_student(student)
        .annotate(balance=F("amount") - paid)
        .order_by("due_date", "invoice_number")
    )


def children():
    """Return a guardian's children: of all students the policies show no other."""
    return User.objects.students().order_by("name", "id")
