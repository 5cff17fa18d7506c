"""The sidebar, in the school's words."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# group -> (title, icon of Material Symbols, model)
NAVIGATION = [
    (_("People"), [(_("People"), "group", "core.User")]),
    (
        _("Classes"),
        [
            (_("Classes"), "school", "academics.SchoolClass"),
            (_("Enrollments"), "how_to_reg", "academics.Enrollment"),
            (_("Weekly slots"), "calendar_view_week", "academics.Schedule"),
        ],
    ),
    (
        _("Attendance"),
        [
            (_("Class sessions"), "event", "academics.ClassSession"),
            (_("Attendance"), "fact_check", "academics.Attendance"),
        ],
    ),
    (
        _("Grades"),
        [
            (_("Assignments"), "assignment", "academics.Assignment"),
            (_("Submissions"), "upload_file", "academics.Submission"),
            (_("Grades"), "grade", "academics.Grade"),
        ],
    ),
    (
        _("Money"),
        [
            (_("Invoices"), "receipt_long", "finance.Invoice"),
            (_("Payments"), "payments", "finance.Payment"),
        ],
    ),
    (
        _("Reports"),
        [
            (_("User roster"), "badge", "reporting.UserRoster"),
            (_("Class enrollment"), "groups", "reporting.ClassEnrollmentReport"),
            (_("Attendance report"), "checklist", "reporting.AttendanceReport"),
            (_("Payment ledger"), "account_balance", "reporting.PaymentLedger"),
            (_("Exports"), "download", "reporting.Export"),
        ],
    ),
    (
        _("System"),
        [
            (_("School"), "settings", "core.Tenant"),
            (_("Host names"), "language", "core.Domain"),
            (_("Audit trail"), "history", "core.AuditLog"),
            (_("Admin log"), "list_alt", "admin.LogEntry"),
            (_("Conversations"), "chat", "core.Conversation"),
            (_("OneRoster records"), "sync_alt", "reporting.SourcedRecord"),
        ],
    ),
]


def site_title(request):
    """Return the school's name, for the header and the page titles."""
    return request.tenant.name


def stylesheet(request):
    """Return the address of what the admin needs beside Unfold's own stylesheet."""
    return static("school/admin.css")


def navigation(request):
    """Return the groups of the sidebar that this person may see, and the dashboard before them."""
    dashboard = {"title": _("Dashboard"), "icon": "dashboard", "link": reverse("admin:index")}
    groups = [{"title": None, "items": [dashboard]}]
    registered = {model._meta.label: model for model in admin.site._registry}
    for title, entries in NAVIGATION:
        items = [
            _item(request, entry_title, icon, registered[label]._meta)
            for entry_title, icon, label in entries
            if label in registered and _may_view(request, registered[label])
        ]
        if items:
            groups.append({"title": title, "collapsible": True, "items": items})
    return groups


def _may_view(request, model):
    return admin.site.get_model_admin(model).has_view_permission(request)


def _item(request, title, icon, opts):
    link = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return {"title": title, "icon": icon, "link": link, "active": request.path.startswith(link)}


def account(request):
    """Return the links below one's name."""
    return [
        {"title": _("My details"), "link": reverse("profile")},
        {"title": _("Change password"), "link": reverse("admin:password_change")},
    ]
