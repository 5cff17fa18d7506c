"""The page of a person, with the inlines and actions of all apps."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from academics.admin.inlines import ClassOfTeacherInline, EnrollmentOfPersonInline
from core.admin.dialogs import dialog_action
from core.admin.guardians import GuardianOfStudentInline, RecordOfGuardianInline
from core.admin.users import UserAdmin
from core.models import User
from exchange import exports
from exchange.models import Export
from finance.admin.inlines import InvoiceOfPersonInline
from reporting.admin.people_papers import PeoplePapersMixin
from school.admin.leaving_pages import MOST
from school.person_file.builder import KIND, TEMPLATE_ID


@dialog_action(
    description=gettext_lazy("Export data"),
    icon="folder_zip",
    permissions=["personal_data"],
    dialog={
        "title": gettext_lazy("Export everything about this person?"),
        "description": gettext_lazy(
            "For a person who asks what the school keeps about them: a page to read and print, and"
            " its tables, in one zip file. Others' names and data are left out."
        ),
        "form_class": BaseDialogForm,
        "form_submit_text": gettext_lazy("Export"),
    },
)
def export_personal_data(modeladmin, request, form, object_id):
    person = modeladmin.get_object(request, object_id)
    export = exports.request(
        kind=KIND,
        template_id=TEMPLATE_ID,
        title=_("personal data %(name)s") % {"name": person.name},
        filters={"person": person.name},
        selection=[str(person.pk)],
        by=request.user,
        # The trail of what staff did may be long.
        background=person.is_staff,
    )
    messages.success(request, _message(export, request.user))
    return redirect("admin:core_user_change", person.pk)


def _message(export, user):
    if export.status == Export.Status.READY:
        sentence, label = _("The file about this person is ready."), _("Download")
        url = exports.download_url(export, user)
    else:
        sentence = _("The file about this person is being made. You are told when it is ready.")
        label, url = _("See how far it is"), reverse("admin:exchange_export_changelist")
    return format_html('{} <a class="underline" href="{}">{}</a>', sentence, url, label)


@action(description=gettext_lazy("Student profile"), icon="person_search", permissions=["profile"])
def student_profile(modeladmin, request, object_id):
    return redirect("admin:student_profile", object_id)


@admin.register(User)
class PersonAdmin(PeoplePapersMixin, UserAdmin):
    """People, with the inlines and actions of all apps."""

    inlines = [
        GuardianOfStudentInline,
        RecordOfGuardianInline,
        EnrollmentOfPersonInline,
        ClassOfTeacherInline,
        InvoiceOfPersonInline,
    ]
    actions = [
        *PeoplePapersMixin.paper_actions,
        *UserAdmin.actions,
        "place_selected",
        "merge_selected",
        "leave_selected",
    ]
    actions_detail = ["student_profile", *UserAdmin.actions_detail, "export_personal_data"]
    export_personal_data = export_personal_data
    student_profile = student_profile

    @admin.action(
        description=gettext_lazy("Put into a year group or homeroom …"), permissions=["change"]
    )
    def place_selected(self, request, queryset):
        """Go to the page that asks where the chosen students belong."""
        return self._with_students(request, queryset, "admin:place_students")

    @admin.action(description=gettext_lazy("Merge two students …"), permissions=["delete"])
    def merge_selected(self, request, queryset):
        chosen = list(queryset.filter(role=User.Role.STUDENT).order_by("created_at", "pk")[:3])
        if len(chosen) != 2:
            self.message_user(request, _("Choose two students."), messages.ERROR)
            return None
        return redirect("admin:merge_students", *(student.pk for student in chosen))

    @admin.action(description=gettext_lazy("Leave school …"), permissions=["delete"])
    def leave_selected(self, request, queryset):
        """Go to the page that says what will happen to the chosen students."""
        return self._with_students(request, queryset, "admin:student_leave")

    def _with_students(self, request, queryset, page):
        """Go to a page for the students among the chosen people."""
        students = queryset.filter(role=User.Role.STUDENT).exclude(status=User.Status.ARCHIVED)
        keys = list(students.order_by("sort_name", "id").values_list("pk", flat=True)[:MOST])
        if not keys:
            sentence = _("None of the chosen people is a student of the school.")
            self.message_user(request, sentence, messages.WARNING)
            return None
        query = urlencode([("student", key) for key in keys])
        return redirect(f"{reverse(page)}?{query}")

    def has_profile_permission(self, request, object_id=None):
        """Return whether the page is about a student."""
        person = self.get_object(request, str(object_id)) if object_id else None
        return person is not None and person.is_student

    def has_personal_data_permission(self, request, object_id=None):
        return request.user.is_admin
