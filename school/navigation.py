"""The sidebar."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin.pages import PAGE_ROLES
from core.links import address

PAGE = "admin:"
# group -> (title, icon of Material Symbols, the model or the name of the page)
NAVIGATION = [
    (
        _("People"),
        [
            (_("People"), "group", "core.User"),
            (_("Students"), "person_search", "admin:students"),
            (_("Homerooms"), "school", "core.Homeroom"),
            (_("Year groups"), "format_list_numbered", "core.YearGroup"),
            (_("Guardians"), "family_restroom", "core.Guardian"),
            (_("Admission"), "person_add", "admin:applications"),
            (_("Duplicates"), "group", "admin:duplicates"),
            (_("Merged students"), "history", "academics.StudentMerge"),
            (_("Guardians of students"), "group", "core.StudentGuardian"),
        ],
    ),
    (
        _("Classes"),
        [
            (_("Classes"), "school", "academics.SchoolClass"),
            (_("Enrollment desk"), "person_add", "admin:enrollment_desks"),
            (_("Enrollments"), "how_to_reg", "academics.Enrollment"),
            (_("Waitlists"), "hourglass_top", "academics.WaitlistEntry"),
            (_("Timetable"), "calendar_view_week", "admin:timetable"),
            (_("Weekly slots"), "event_repeat", "academics.Schedule"),
            (_("Closed days"), "event_busy", "academics.ClosedDay"),
            (_("Terms"), "date_range", "academics.Term"),
            (_("Academic years"), "calendar_month", "academics.AcademicYear"),
        ],
    ),
    (
        _("Attendance"),
        [
            (_("Attendance of the day"), "today", "admin:attendance_day"),
            (_("Absences"), "event_busy", "admin:absences"),
            (_("Calls of the day"), "schedule_send", "admin:call_list"),
            (_("Class sessions"), "event", "academics.ClassSession"),
            (_("Attendance"), "fact_check", "academics.Attendance"),
            (_("Daily attendance"), "fact_check", "academics.DailyAttendance"),
            (_("All absences"), "list_alt", "academics.Absence"),
            (_("Calls about absences"), "history", "academics.AbsenceCall"),
        ],
    ),
    (
        _("Grades"),
        [
            (_("Gradebook"), "table", "admin:gradebooks"),
            (_("Assignments"), "assignment", "academics.Assignment"),
            (_("Submissions"), "upload_file", "academics.Submission"),
            (_("Grades"), "grade", "academics.Grade"),
            (_("Grading scales"), "format_list_numbered", "academics.GradingScale"),
        ],
    ),
    (
        _("Money"),
        [
            (_("Take a payment"), "payments", "admin:take_payment"),
            (_("Invoices"), "receipt_long", "finance.Invoice"),
            (_("Payments"), "list_alt", "finance.Payment"),
            (_("Bank statements"), "inbox", "finance.BankStatement"),
            (_("Credit notes"), "undo", "finance.CreditNote"),
            (_("Aging"), "bar_chart", "admin:aging"),
            (_("Overdue invoices"), "schedule_send", "admin:reminders"),
            (_("Reminders"), "outgoing_mail", "finance.PaymentReminder"),
            (_("Fees"), "list_alt", "finance.Fee"),
            (_("Plans"), "event_repeat", "finance.FeePlan"),
            (_("Billings"), "receipt_long", "finance.BillingRun"),
            (_("Discounts"), "undo", "finance.Discount"),
            (_("Sponsors"), "group", "finance.Sponsor"),
            (_("Closed months"), "event_busy", "finance.ClosedMonth"),
            (_("Settings for money"), "settings", "admin:money_settings"),
            (_("Online payment"), "open_in_new", "admin:online_payment"),
        ],
    ),
    (
        _("Reports"),
        [
            (_("All reports"), "bar_chart", "admin:reports"),
            (_("Report cards"), "workspace_premium", "admin:report_cards"),
            (_("Scheduled reports"), "schedule_send", "reporting.ReportSchedule"),
            (_("Exports"), "download", "exchange.Export"),
        ],
    ),
    (
        _("Data in and out"),
        [
            (_("Imports"), "upload", "exchange.ImportBatch"),
            (_("OneRoster"), "sync_alt", "admin:oneroster"),
            (_("School as a file"), "folder_zip", "admin:school_file"),
        ],
    ),
    (
        _("System"),
        [
            (_("Settings"), "settings", "admin:settings"),
            (_("Fields of people"), "list_alt", "core.PersonField"),
            (_("Host names"), "language", "core.Domain"),
            (_("Audit trail"), "history", "core.AuditLog"),
            (_("Sent mail"), "outgoing_mail", "core.Mail"),
            (_("Admin log"), "list_alt", "admin.LogEntry"),
            (_("OneRoster records"), "sync_alt", "oneroster.SourcedRecord"),
        ],
    ),
]


def site_title(request):
    """Return the school's name, for the header and the page titles."""
    return request.tenant.name


def stylesheet(request):
    """Return the address of the admin's stylesheet, added to Unfold's own."""
    return static("core/admin.css")


def list_stylesheet(request):
    """Return the address of the stylesheet for lists."""
    return static("core/lists.css")


def print_stylesheet(request):
    """Return the address of the print stylesheet."""
    return static("core/print.css")


def search_stylesheet(request):
    """Return the address of the stylesheet of the search in the header."""
    return static("school/find.css")


def navigation(request):
    """Return the groups of the sidebar that this person may see, and the dashboard before them."""
    dashboard = {"title": _("Dashboard"), "icon": "dashboard", "link": reverse("admin:index")}
    groups = [{"title": None, "items": [dashboard]}]
    for title, entries in NAVIGATION:
        items = [item for entry in entries if (item := _item(request, *entry))]
        if items:
            groups.append({"title": title, "collapsible": True, "items": items})
    return groups


def _item(request, title, icon, target):
    """Return one line of the sidebar, or None if the person may not see it."""
    link = _page(request, target) if target.startswith(PAGE) else _list(request, target)
    if link is None:
        return None
    return {"title": title, "icon": icon, "link": link}


def _page(request, name):
    """Return the address of a page, for those whose it is (core.admin.pages)."""
    return reverse(name) if request.user.role in PAGE_ROLES[name.removeprefix(PAGE)] else None


def _list(request, label):
    """Return the address of a model's list."""
    model = next((model for model in admin.site._registry if model._meta.label == label), None)
    if model is None or not admin.site.get_model_admin(model).has_view_permission(request):
        return None
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def account(request):
    """Return the links below one's name."""
    links = [
        {"title": _("My details"), "link": address("profile")},
        {"title": _("Preferences"), "link": address("preferences")},
        {"title": _("Change password"), "link": address("admin:password_change")},
    ]
    # Nobody teaches on the platform, and a bursar has no timetable.
    if not request.tenant.is_platform and request.user.has_timetable:
        links.insert(2, {"title": _("My calendar"), "link": address("calendar")})
    return links
