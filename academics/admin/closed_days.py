"""Holidays, and other days without lessons."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from academics.admin.schedules import TimetableButtons
from academics.models import ClassSession, ClosedDay
from core.admin.base import SchoolModelAdmin
from core.admin.filters import DayRangeFilter


@admin.register(ClosedDay)
class ClosedDayAdmin(TimetableButtons, SchoolModelAdmin):
    """Days on which no sessions are generated."""

    list_display = ["name", "start_date", "end_date"]
    list_filter = [("start_date", DayRangeFilter)]
    ordering = ["-start_date", "id"]
    sortable_by = ["start_date"]
    search_fields = ["name"]
    search_help_text = _("Name")
    fields = ["name", ("start_date", "end_date")]

    def save_model(self, request, obj, form, change):
        """Save; warn of sessions on these days, with a link to the page that removes them."""
        super().save_model(request, obj, form, change)
        span = (obj.start_date, obj.end_date)
        count = ClassSession.objects.filter(
            session_date__range=span, status=ClassSession.Status.SCHEDULED
        ).count()
        if count:
            query = urlencode({"first": span[0], "last": span[1], "take_back": "on"})
            text = ngettext(
                "%d session is scheduled on these days.",
                "%d sessions are scheduled on these days.",
                count,
            )
            link = format_html(
                '{} <a href="{}?{}" class="underline">{}</a>',
                text % count,
                reverse("admin:generate_sessions"),
                query,
                _("Take back what was generated"),
            )
            self.message_user(request, link, messages.WARNING)
