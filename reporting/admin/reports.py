"""The four report views as lists: looked at, searched, filtered and exported."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from academics.models import Attendance, Enrollment
from core.admin.base import ReadOnlyAdmin
from core.models import User
from finance.models import Invoice, Payment
from reporting.models import AttendanceReport, ClassEnrollmentReport, PaymentLedger, UserRoster


def choice_filter(column, choices):
    """Return a list filter of a view's column by the choices of the table behind it.

    The values come from the code: asking the view for them would read every row.
    """

    class ChoiceFilter(admin.SimpleListFilter):
        title = _("status")
        parameter_name = column

        def __init__(self, request, params, model, model_admin):
            self.title = model._meta.get_field(column).verbose_name
            super().__init__(request, params, model, model_admin)

        def lookups(self, request, model_admin):
            return choices.choices

        def queryset(self, request, queryset):
            return queryset.filter(**{column: self.value()}) if self.value() else queryset

    return ChoiceFilter


class ReportAdmin(ReadOnlyAdmin):
    """Rows of a view: no page of their own, nothing to link to."""

    list_display_links = None
    show_facets = admin.ShowFacets.NEVER

    def has_view_permission(self, request, obj=None):
        # A row has no page: it is all in the list.
        return obj is None and super().has_view_permission(request)


@admin.register(UserRoster)
class UserRosterAdmin(ReportAdmin):
    list_display = ["name", "email", "role", "status", "created_at", "last_login"]
    list_filter = [choice_filter("role", User.Role), choice_filter("status", User.Status)]
    search_people = ("pk",)
    search_help_text = _("Name or e-mail")


@admin.register(ClassEnrollmentReport)
class ClassEnrollmentReportAdmin(ReportAdmin):
    list_display = [
        "class_name",
        "level",
        "student_name",
        "student_email",
        "enrollment_date",
        "enrollment_status",
        "attendance_rate",
        "current_grade",
        "teacher_name",
    ]
    list_filter = [
        choice_filter("enrollment_status", Enrollment.Status),
        ("enrollment_date", RangeDateFilter),
    ]
    search_people = ("student_id",)
    search_classes = ("class_id",)
    search_help_text = _("Student or class")


@admin.register(AttendanceReport)
class AttendanceReportAdmin(ReportAdmin):
    list_display = [
        "session_date",
        "class_name",
        "student_name",
        "attendance_status",
        "notes",
        "teacher_name",
    ]
    # What an index can put in order; a million rows sorted by another column take seconds.
    sortable_by = ["session_date", "class_name"]
    list_filter = [
        choice_filter("attendance_status", Attendance.Status),
        ("session_date", RangeDateFilter),
    ]
    search_people = ("student_id",)
    search_classes = ("class_id",)
    search_help_text = _("Student or class")


@admin.register(PaymentLedger)
class PaymentLedgerAdmin(ReportAdmin):
    list_display = [
        "payment_date",
        "student_name",
        "student_email",
        "amount",
        "currency",
        "payment_method",
        "invoice_number",
        "invoice_status",
        "transaction_id",
    ]
    list_filter = [
        choice_filter("payment_method", Payment.Method),
        choice_filter("invoice_status", Invoice.Status),
        ("payment_date", RangeDateFilter),
    ]
    search_people = ("student_id",)
    search_invoices = ("invoice_id",)
    search_help_text = _("Student or invoice number")
