"""The admin on the platform's host: a site of its own, so that no school's table is in it."""

from django.contrib.admin.models import LogEntry
from django.shortcuts import redirect
from unfold.sites import UnfoldAdminSite

from core.admin.audit_logs import AuditLogAdmin
from core.admin.log_entries import LogEntryAdmin
from core.admin.mails import MailAdmin
from core.admin.platform import DomainAdmin, OperatorAdmin, SchoolAdmin
from core.models import AuditLog, Domain, Mail, Tenant, User
from school.frame import FrameMixin


class PlatformAdminSite(FrameMixin, UnfoldAdminSite):
    """Schools, host names, operators, and what operators did.

    Changes to a school stand in the school's own audit trail; the admin log has them here.
    """

    settings_name = "UNFOLD_PLATFORM"

    def index(self, request, extra_context=None):
        """Redirect to the list of schools, which is the first page."""
        return redirect("admin:core_tenant_changelist")


site = PlatformAdminSite()
site.register(Tenant, SchoolAdmin)
site.register(Domain, DomainAdmin)
site.register(User, OperatorAdmin)
site.register(Mail, MailAdmin)
site.register(AuditLog, AuditLogAdmin)
site.register(LogEntry, LogEntryAdmin)
