"""Scheduled reports: which, how often, to whom."""

from datetime import time

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm

from academics.models import Schedule
from core import jobs
from core.admin import pages
from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.admin.confirm import confirmed
from core.admin.dialogs import dialog_action
from reporting import catalog
from reporting.admin import filter_fields
from reporting.admin.schedule_form import (
    RecipientForm,
    RecipientFormSet,
    ScheduleForm,
    for_report,
)
from reporting.models import ReportRecipient, ReportSchedule
from reporting.services import schedules

TIMING = {"frequency", "weekday", "month_day", "time_of_day"}


class RecipientInline(SchoolTabularInline):
    model = ReportRecipient
    form = RecipientForm
    formset = RecipientFormSet
    fields = ["user"]
    autocomplete_fields = ["user"]
    select_related = ("user",)
    verbose_name_plural = gettext_lazy("recipients")
    extra = 1

    # Recipients have no rights of their own: who may change the schedule may change them.
    def has_view_permission(self, request, obj=None):
        return request.user.is_office

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(ReportSchedule)
class ReportScheduleAdmin(SchoolModelAdmin):
    """One's own schedules, for admins everybody's. Reports are made with the owner's rights."""

    form = ScheduleForm
    list_display = [
        "name",
        "shown_report",
        "owner",
        "shown_when",
        "next_run_at",
        "shown_result",
        "shown_active",
    ]
    empty_hint = gettext_lazy(
        "Open a report, set its filters and choose “Schedule”: every week or month its recipients"
        " are then sent a link to the rows of that day."
    )
    list_filter = [("is_active", BooleanRadioFilter)]
    list_select_related = ["owner"]
    search_fields = ["name"]
    ordering = ["name", "id"]
    sortable_by = ["name", "next_run_at"]
    readonly_fields = [
        "shown_report",
        "owner",
        "state",
        "next_run_at",
        "last_run_at",
        "shown_result",
    ]
    conditional_fields = {
        "weekday": "frequency == 'weekly'",
        "month_day": "frequency == 'monthly'",
    }
    inlines = [RecipientInline]
    actions = ["run_selected", "pause_selected", "resume_selected"]
    actions_detail = ["run_now", "pause", "resume"]

    # --- the list -------------------------------------------------------------------------------
    @display(description=gettext_lazy("report"))
    def shown_report(self, obj):
        report = schedules.report_of(obj)
        return report.title if report else obj.report

    @display(description=gettext_lazy("how often"))
    def shown_when(self, obj):
        return when(obj)

    @display(description=gettext_lazy("last result"))
    def shown_result(self, obj):
        lines = (obj.last_result or "–").splitlines()
        return format_html_join(mark_safe("<br>"), "{}", ([line] for line in lines))

    @display(description=gettext_lazy("state"))
    def state(self, obj):
        return _("active") if obj.is_active else _("paused")

    @display(description=gettext_lazy("state"), label={"active": "success", "paused": "warning"})
    def shown_active(self, obj):
        return ("active", _("active")) if obj.is_active else ("paused", _("paused"))

    # --- the form -------------------------------------------------------------------------------
    def get_fieldsets(self, request, obj=None):
        report = _report(request, obj)
        what = ["shown_report", "name", *([("owner", "state")] if obj else [])]
        fieldsets = [
            (None, {"fields": what, "description": self._explanation(request)}),
            (
                _("When"),
                {"fields": ["frequency", "weekday", "month_day", "time_of_day"]},
            ),
            (_("File"), {"fields": [("file_format", "sort")]}),
        ]
        if report is not None and report.filters:
            lines = filter_fields.rows_of(report)
            fieldsets.insert(1, (_("Which rows"), {"fields": lines}))
        if obj is not None:
            lines = [("next_run_at", "last_run_at"), "shown_result"]
            fieldsets.append((_("Runs"), {"fields": lines}))
        return fieldsets

    @staticmethod
    def _explanation(request):
        if request.user.is_teacher:
            return _("It is made with your rights and comes to you as a link in a mail.")
        return _(
            "It is made with the owner's rights, and each recipient gets a mail with a link."
            " Teachers get the rows of their own classes. Without recipients it goes to the owner."
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        report = _report(request, obj)
        if report is not None:
            kwargs["form"] = for_report(report)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_inlines(self, request, obj):
        # A teacher's reports are the teacher's; only the office has others to send them to.
        return self.inlines if request.user.is_office else []

    def get_changeform_initial_data(self, request):
        report = _report(request)
        asked = {key: value for key, value in request.GET.items() if key != "report"}
        return {
            "name": str(report.title),
            "sort": asked.get("sort", ""),
            "time_of_day": time(6),
            "weekday": 1,
            "month_day": 1,
            **filter_fields.initial(report, asked),
        }

    def add_view(self, request, form_url="", extra_context=None):
        """Ask for the report first: its filters make the form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if _report(request) is None:
            return self._choose_report(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_report(self, request):
        context = {
            "opts": self.opts,
            "subjects": _by_subject(catalog.reports_for(request.user.role)),
        }
        title = _("Which report should be sent automatically?")
        return pages.show(request, "reporting/schedules/choose_report.html", title, context)

    def save_model(self, request, obj, form, change):
        if not change or TIMING & {*form.changed_data}:
            schedules.plan(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Send a report that has no recipients to its owner."""
        super().save_related(request, form, formsets, change)
        schedule = form.instance
        if not schedule.recipients.exists():
            ReportRecipient.objects.create(schedule=schedule, user=schedule.owner)

    # --- actions --------------------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Run now"), permissions=["change"])
    @confirmed(
        question=ngettext_lazy(
            "Make and send %(count)d report now?", "Make and send %(count)d reports now?", "count"
        ),
        explanation=gettext_lazy("The recipients get a mail with the link in a minute or two."),
        refusal=schedules.not_run_because,
        submit=gettext_lazy("Run now"),
        related=["owner"],
    )
    def run_selected(self, request, rows):
        self._run(request, ReportSchedule.objects.filter(pk__in=[row.pk for row in rows]))

    def _run(self, request, queryset):
        if not jobs.worker_is_there():
            sentence = _("Nothing is made at present: the background worker is not running.")
            self.message_user(request, sentence, messages.WARNING)
        self._each(request, queryset, schedules.run_now, _running)

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause_selected(self, request, queryset):
        self._show_success(request, schedules.pause(queryset), _paused)

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume_selected(self, request, queryset):
        self._each(request, queryset.filter(is_active=False), schedules.resume, _resumed)

    def _dialog(title, text, submit):  # noqa: N805 - used while the class is made
        return {
            "title": title,
            "description": text,
            "form_class": BaseDialogForm,
            "form_submit_text": submit,
        }

    @dialog_action(
        description=gettext_lazy("Run now"),
        icon="play_arrow",
        permissions=["run"],
        dialog=_dialog(
            gettext_lazy("Make and send this report now?"),
            gettext_lazy("Its recipients get a mail with the link in a minute or two."),
            gettext_lazy("Run now"),
        ),
    )
    def run_now(self, request, form, object_id):
        return self._apply_action(request, object_id, self._run)

    @dialog_action(
        description=gettext_lazy("Pause"),
        icon="pause",
        permissions=["pause"],
        dialog=_dialog(
            gettext_lazy("Pause this report?"),
            gettext_lazy("It is kept, but not sent until you resume it."),
            gettext_lazy("Pause"),
        ),
    )
    def pause(self, request, form, object_id):
        return self._apply_action(request, object_id, self.pause_selected)

    @dialog_action(
        description=gettext_lazy("Resume"),
        icon="resume",
        permissions=["resume"],
        dialog=_dialog(
            gettext_lazy("Resume this report?"),
            gettext_lazy("It is sent again from its next day on."),
            gettext_lazy("Resume"),
        ),
    )
    def resume(self, request, form, object_id):
        return self._apply_action(request, object_id, self.resume_selected)

    def has_run_permission(self, request, object_id=None):
        return self._has_state(request, object_id, is_active=True)

    has_pause_permission = has_run_permission

    def has_resume_permission(self, request, object_id=None):
        return self._has_state(request, object_id, is_active=False)

    def _has_state(self, request, object_id, is_active):
        schedule = self.get_object(request, object_id) if object_id else None
        return (
            self.has_change_permission(request)
            and schedule is not None
            and schedule.is_active is is_active
        )

    def _apply_action(self, request, object_id, selected):
        """Apply an action of the list to one schedule, and return to its page."""
        schedule = get_object_or_404(self.get_queryset(request), pk=object_id)
        selected(request, self.get_queryset(request).filter(pk=schedule.pk))
        return redirect("admin:reporting_reportschedule_change", schedule.pk)

    def _each(self, request, queryset, do, sentence):
        """Call `do` for each schedule; show the number, and the reasons of refusals."""
        done = 0
        for schedule in queryset.select_related("owner"):
            try:
                do(schedule)
                done += 1
            except schedules.ScheduleRefused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        self._show_success(request, done, sentence)

    def _show_success(self, request, count, sentence):
        if count:
            self.message_user(request, sentence(count), messages.SUCCESS)


def _report(request, obj=None):
    """Return the report of a schedule, or of the URL for a new schedule, or None."""
    if obj is not None:
        return schedules.report_of(obj)
    asked = request.GET.get("report")
    offered = catalog.reports_for(request.user.role)
    return next((report for report in offered if asked in (report.id, report.name)), None)


def _by_subject(reports):
    """Return {subject: reports}, both in the catalog's order."""
    grouped = {}
    for report in reports:
        grouped.setdefault(report.subject, []).append(report)
    return grouped


def when(schedule):
    """Return how often a schedule runs, in words."""
    clock = f"{schedule.time_of_day:%H:%M}"
    if schedule.frequency == ReportSchedule.Frequency.WEEKLY:
        day = Schedule.Weekday(schedule.weekday).label
        return _("every %(day)s at %(time)s") % {"day": day, "time": clock}
    day = schedule.month_day
    return _("every month on day %(day)d at %(time)s") % {"day": day, "time": clock}


def _running(count):
    return ngettext(
        "%(count)d report is being made; the mails follow in a minute or two.",
        "%(count)d reports are being made; the mails follow in a minute or two.",
        count,
    ) % {"count": count}


def _paused(count):
    return ngettext("%(count)d report is paused.", "%(count)d reports are paused.", count) % {
        "count": count
    }


def _resumed(count):
    return ngettext(
        "%(count)d report is sent again.", "%(count)d reports are sent again.", count
    ) % {"count": count}
