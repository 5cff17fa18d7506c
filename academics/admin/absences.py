"""Absences: the list of all, and the calls about those that nobody explained."""

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from academics import absence_words
from academics.absence_form import ACCEPT, checked_file, reason_choices
from academics.models import Absence, AbsenceCall
from academics.models.absence import FILE_COLUMNS
from academics.services import absences
from core.admin.base import RecordAdmin, SchoolModelAdmin, without_fields
from core.admin.confirm import refused
from core.admin.filters import AutocompleteFilter, DayRangeFilter
from core.admin.labels import choice_label

Status = Absence.Status


class AbsenceForm(forms.ModelForm):
    """An absence as the office enters it; reasons are the school's."""

    reason = forms.ChoiceField(label=_("Reason"), widget=UnfoldAdminSelectWidget())
    new_file = forms.FileField(
        label=_("Letter or photo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPT}),
    )

    class Meta:
        model = Absence
        fields = ["student", "starts_on", "ends_on", "starts_at", "ends_at", "reason", "note"]
        help_texts = {
            "starts_at": _("Only for a part of one day, for example an appointment."),
            "ends_on": _("Empty: one day only."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].choices = reason_choices(self.instance.reason)
        if "ends_on" in self.fields:
            self.fields["ends_on"].required = False

    def clean_new_file(self):
        return checked_file(self.cleaned_data.get("new_file"))

    def clean(self):
        data = super().clean()
        data["ends_on"] = data.get("ends_on") or data.get("starts_on")
        return data


@admin.register(Absence)
class AbsenceAdmin(SchoolModelAdmin):
    """Who is away, when and why; what the office enters is approved by that."""

    form = AbsenceForm
    list_display = [
        "student",
        "shown_period",
        "reason",
        "shown_source",
        "shown_status",
        "decided_by",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("starts_on", DayRangeFilter),
        ("student", AutocompleteFilter),
    ]
    list_select_related = ["student", "decided_by"]
    more_columns = ["note", "reported_by", "decided_at", "created_at"]
    ordering = ["-starts_on", "-id"]
    sortable_by = ["shown_period"]
    search_people = ["student"]
    search_fields = ["reason"]
    search_help_text = _("Student or reason")
    autocomplete_fields = ["student"]
    fixed_fields = ["student"]
    readonly_fields = ["shown_file", "status", "source", "reported_by", "decided_by", "decided_at"]
    actions = ["approve_selected", "decline_selected"]
    actions_detail = ["open_profile"]
    empty_hint = _("Guardians report absences on their pages, and the office adds them here.")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "student",
                    ("starts_on", "ends_on"),
                    ("starts_at", "ends_at"),
                    "reason",
                    "note",
                    "shown_file",
                    "new_file",
                ]
            },
        ),
        (
            _("Decision"),
            {"fields": [("status", "source"), "reported_by", ("decided_by", "decided_at")]},
        ),
    ]

    shown_status = choice_label("status", reported="warning", approved="success", declined="danger")
    shown_source = choice_label("source", _("reported by the"), guardian="info")

    def get_fieldsets(self, request, obj=None):
        """Leave out of a new absence what there is to decide, and the file that it has not."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else without_fields(fieldsets[:1], ["shown_file"])

    @display(description=_("when"), ordering="starts_on")
    def shown_period(self, obj):
        return absence_words.period(obj)

    @display(description=_("file"))
    def shown_file(self, obj):
        if not obj.stored_name:
            return "–"
        url = reverse("absence_file", args=[obj.pk])
        return format_html('<a href="{}" class="underline">{}</a>', url, obj.filename)

    def derive(self, request, obj):
        obj.status = Status.APPROVED

    def save_model(self, request, obj, form, change):
        """Save; a new file takes the place of the one before."""
        upload = form.cleaned_data.get("new_file")
        if upload:
            form.also_changed = FILE_COLUMNS
        save = super().save_model
        absences.keep_file(obj, upload, lambda: save(request, obj, form, change))

    # --- deciding ---------------------------------------------------------------------------------
    @admin.action(description=_("Approve"), permissions=["change"])
    def approve_selected(self, request, queryset):
        self._decide(request, queryset, Status.APPROVED)

    @admin.action(description=_("Decline"), permissions=["change"])
    def decline_selected(self, request, queryset):
        self._decide(request, queryset, Status.DECLINED)

    def _decide(self, request, queryset, status):
        rows = list(queryset.select_related("student"))
        reasons = absences.decide(rows, status)
        report_decision(request, len(rows) - len(reasons), status)
        if reasons:
            self.message_user(request, refused(reasons), messages.WARNING)

    @action(description=_("Student profile"), icon="person_search", url_path="to-profile")
    def open_profile(self, request, object_id):
        absence = self.get_object(request, object_id)
        if absence is None:
            raise Http404(_("There is no such absence."))
        return redirect("admin:student_profile", absence.student_id)


def report_decision(request, count, status):
    """Say how many absences were approved or declined."""
    texts = {
        Status.APPROVED: ngettext(
            "%(n)d absence was approved.", "%(n)d absences were approved.", count
        ),
        Status.DECLINED: ngettext(
            "%(n)d absence was declined.", "%(n)d absences were declined.", count
        ),
    }
    if count:
        messages.success(request, texts[status] % {"n": count})


@admin.register(AbsenceCall)
class AbsenceCallAdmin(RecordAdmin):
    """The log of calls; it is written on the page of the day's calls."""

    list_display = ["created_at", "student", "day", "shown_outcome", "spoken_to", "recorded_by"]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("day", DayRangeFilter),
        ("student", AutocompleteFilter),
    ]
    list_select_related = ["student", "recorded_by"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["created_at", "day"]
    search_people = ["student"]
    search_help_text = _("Student")
    empty_hint = _("Calls are noted on the page “Calls of the day”.")
    fields = [("student", "day"), ("outcome", "spoken_to"), "note", ("recorded_by", "created_at")]

    shown_outcome = choice_label(
        "outcome", _("outcome"), excused="success", not_excused="danger", no_answer="warning"
    )
