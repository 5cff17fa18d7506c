"""Guardians: whom to call about a student, and who of them signs in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RadioFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm

from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.admin.dialogs import dialog_action
from core.admin.imports import ImportMixin
from core.http import PersonRequest
from core.models import Guardian, StudentGuardian, User
from core.services import guardians

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from core.admin.kinds import Fieldsets

FLAGS = [
    "relation",
    "has_custody",
    "is_emergency_contact",
    "may_pick_up",
    "portal_access",
    "call_order",
]
# What a list says of the login; the colours are Unfold's.
LOGINS = {
    "active": gettext_lazy("Signs in"),
    "suspended": gettext_lazy("Login taken away"),
    "archived": gettext_lazy("Login taken away"),
    "none": gettext_lazy("No login"),
}


class StudentOfGuardianInline(SchoolTabularInline):
    """The children of a guardian."""

    model = StudentGuardian
    fk_name = "guardian"
    verbose_name = gettext_lazy("child")
    verbose_name_plural = gettext_lazy("children")
    fields = ["student", *FLAGS]
    fixed_fields = ["student"]
    select_related = ["student"]
    autocomplete_fields = ["student"]
    ordering = ["student__sort_name", "id"]


class GuardianOfStudentInline(SchoolTabularInline):
    """Who to call about a student; the emergency contacts first."""

    model = StudentGuardian
    keeps_forms = True
    fk_name = "student"
    person_roles = ["student"]
    verbose_name = gettext_lazy("guardian")
    verbose_name_plural = gettext_lazy("guardians")
    fields = ["guardian", "shown_phone", "shown_email", *FLAGS, "row_link"]
    readonly_fields = ["shown_phone", "shown_email", "row_link"]
    fixed_fields = ["guardian"]
    select_related = ["guardian"]
    autocomplete_fields = ["guardian"]
    ordering = ["call_order", "-is_emergency_contact", "created_at", "id"]
    tab = True

    @display(description=gettext_lazy("phone"))
    def shown_phone(self, obj: StudentGuardian) -> str:
        phones = (obj.guardian.phone, obj.guardian.other_phone) if obj.guardian_id else ()
        return ", ".join(phone for phone in phones if phone)

    @display(description=gettext_lazy("e-mail"))
    def shown_email(self, obj: StudentGuardian) -> str:
        return (obj.guardian.email if obj.guardian_id else None) or ""

    @display(description="")
    def row_link(self, obj: StudentGuardian | None) -> str:
        return super().row_link(obj.guardian if obj and obj.guardian_id else None)


class RecordOfGuardianInline(SchoolTabularInline):
    """The contact record of somebody who signs in as a guardian; it holds their children."""

    model = Guardian
    keeps_forms = True
    fk_name = "user"
    person_roles = ["guardian"]
    fields = ["name", "phone", "email", "row_link"]
    readonly_fields = ["row_link"]
    max_num = 1
    can_delete = False


class LoginFilter(RadioFilter):
    """Who signs in, and who does not."""

    title = gettext_lazy("login")
    parameter_name = "login"
    all_option = ["", gettext_lazy("All")]

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return [("yes", _("Signs in")), ("no", _("Does not sign in"))]

    def queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        signs_in = {"user__status": User.Status.ACTIVE, "user__deleted_at__isnull": True}
        if self.value() == "yes":
            return queryset.filter(**signs_in)
        return queryset.exclude(**signs_in) if self.value() == "no" else queryset


@admin.register(Guardian)
class GuardianAdmin(ImportMixin, SchoolModelAdmin):
    """Contact people. Only an admin changes them and says who signs in.

    The search is an ordinary one: it reads the school's few thousand guardians, which takes
    milliseconds, where the larger tables need the database's own functions (core.search).
    """

    list_display = ["name", "phone", "shown_email", "shown_children", "shown_login"]
    list_filter = [LoginFilter]
    list_select_related = ["user"]
    list_related_fields = ["user__role", "user__status", "user__deleted_at"]
    more_columns = ["other_phone", "address", "notes", "created_at"]
    ordering = ["sort_name", "id"]
    sortable_by = ["name"]
    search_fields = ["name", "phone", "other_phone", "email"]
    search_help_text = gettext_lazy("Name, phone or e-mail")
    readonly_fields = ["shown_account"]
    fieldsets: Fieldsets = [
        (None, {"fields": ["name", ("phone", "other_phone"), "email", "address", "notes"]}),
        (gettext_lazy("Sign-in"), {"fields": ["shown_account"]}),
    ]
    add_fieldsets = [(None, {"fields": fieldsets[0][1]["fields"]})]
    inlines = [StudentOfGuardianInline]
    actions_detail = ["give_login", "send_again", "take_login"]
    empty_hint = gettext_lazy("Guardians are added here, or on a student's page.")

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        links = StudentGuardian.objects.select_related("student").order_by("student__sort_name")
        return super().visible_rows(request).prefetch_related(Prefetch("links", links))

    def get_list_display(self, request: PersonRequest) -> Sequence[Any]:
        # A teacher reads no accounts but their students'.
        return self.list_display if request.user.is_office else self.list_display[:-1]

    def get_list_filter(self, request: PersonRequest) -> Sequence[Any]:
        return self.list_filter if request.user.is_office else []

    def get_fieldsets(self, request: PersonRequest, obj: Guardian | None = None) -> Fieldsets:
        if obj is None:
            return self.add_fieldsets
        return self.fieldsets if request.user.is_office else self.fieldsets[:1]

    def autocomplete_label(self, obj: Guardian) -> str:
        return f"{obj.name} – {obj.phone or obj.email}" if obj.phone or obj.email else obj.name

    @display(description=gettext_lazy("e-mail"))
    def shown_email(self, obj: Guardian) -> str:
        return obj.email or ""

    @display(description=gettext_lazy("children"))
    def shown_children(self, obj: Guardian) -> str:
        return ", ".join(link.student.name for link in obj.links.all())

    @display(
        description=gettext_lazy("login"),
        label={"active": "success", "suspended": "danger", "archived": "danger", "none": ""},
    )
    def shown_login(self, obj: Guardian) -> tuple[str, str | StrPromise]:
        state = login_state(obj)
        return state, str(LOGINS[state])

    @display(description=gettext_lazy("login"))
    def shown_account(self, obj: Guardian) -> str | StrPromise:
        state = login_state(obj)
        if state == "none":
            return LOGINS[state]
        return _("%(state)s: %(email)s") % {
            "state": LOGINS[state],
            "email": cast(User, obj.user).email,
        }

    # --- logins ---------------------------------------------------------------------------------
    def has_login_permission(self, request: PersonRequest, object_id: str | None = None) -> bool:
        return request.user.is_people_office

    def get_actions_detail(self, request: PersonRequest, object_id: str) -> list[Any]:
        """Offer what there is something to do for."""
        actions = super().get_actions_detail(request, object_id)
        guardian = self.get_object(request, str(object_id))
        signs_in = guardian is not None and login_state(guardian) == "active"
        unwanted = ["give_login"] if signs_in else ["take_login", "send_again"]
        names = {f"core_guardian_{name}" for name in unwanted}
        return [action for action in actions if action.action_name not in names]

    @dialog_action(
        description=gettext_lazy("Give a login"),
        icon="mail",
        permissions=["login"],
        dialog={
            "title": gettext_lazy("Give this guardian a login?"),
            "description": gettext_lazy(
                "They get an e-mail with a link to set a password, and then read the pages of the"
                " children for whom they may."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Give a login"),
        },
    )
    def give_login(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        guardian = self._guardian(request, object_id)
        try:
            login = guardians.give_login(guardian=guardian)
        except guardians.LoginRefused as refusal:
            return self._answer(request, object_id, str(refusal), messages.ERROR)
        sentence = (
            _("%(name)s was sent a link to set a password.")
            if login.is_new
            else _("%(name)s signs in with the account there was.")
        )
        self.log_change(request, guardian, _("Gave a login."))
        sentence = sentence % {"name": guardian.name}
        return self._answer(request, object_id, sentence, messages.SUCCESS)

    @dialog_action(
        description=gettext_lazy("Send the invitation again"),
        icon="forward_to_inbox",
        permissions=["login"],
        dialog={
            "title": gettext_lazy("Send the invitation again?"),
            "description": gettext_lazy("They get a new link to set a password; it works once."),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Send again"),
        },
    )
    def send_again(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        guardian = self._guardian(request, object_id)
        try:
            sent = guardians.invite_again(guardian=guardian)
        except guardians.LoginRefused as refusal:
            return self._answer(request, object_id, str(refusal), messages.ERROR)
        self.log_change(request, guardian, _("Sent the invitation again."))
        sentence = _("A link to set a password is on its way to %s.") % sent.address
        return self._answer(request, object_id, sentence, messages.SUCCESS)

    @dialog_action(
        description=gettext_lazy("Take the login away"),
        icon="block",
        permissions=["login"],
        dialog={
            "title": gettext_lazy("Take the login away?"),
            "description": gettext_lazy(
                "The guardian is signed out and cannot sign in any more. They stay on the list of"
                " whom to call, and can get the login back."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Take the login away"),
        },
    )
    def take_login(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        guardian = self._guardian(request, object_id)
        try:
            guardians.take_login(guardian=guardian)
        except guardians.LoginRefused as refusal:
            return self._answer(request, object_id, str(refusal), messages.ERROR)
        self.log_change(request, guardian, _("Took the login away."))
        sentence = _("%s cannot sign in any more.") % guardian
        return self._answer(request, object_id, sentence, messages.SUCCESS)

    def _guardian(self, request: PersonRequest, object_id: str) -> Guardian:
        guardian = self.get_object(request, str(object_id))
        return get_object_or_404(Guardian, pk=guardian.pk if guardian else None)

    def _answer(
        self, request: PersonRequest, object_id: str, sentence: str, level: int
    ) -> HttpResponse:
        """Say it on the guardian's page."""
        self.message_user(request, sentence, level)
        return redirect("admin:core_guardian_change", object_id)

    # Who is no contact any more does not sign in either.
    def delete_model(self, request: PersonRequest, obj: Guardian) -> None:
        self._suspend(Guardian.objects.filter(pk=obj.pk))
        super().delete_model(request, obj)

    def delete_queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> None:
        self._suspend(queryset)
        super().delete_queryset(request, queryset)

    @staticmethod
    def _suspend(records: QuerySet[Guardian]) -> None:
        User.objects.active().filter(
            role=User.Role.GUARDIAN, pk__in=list(records.values_list("user", flat=True))
        ).update(status=User.Status.SUSPENDED)


def login_state(guardian: Guardian) -> str:
    """Return a key of LOGINS."""
    account = guardian.user
    if account is None or account.deleted_at is not None or not account.is_guardian:
        return "none"
    return account.status


@admin.register(StudentGuardian)
class StudentGuardianAdmin(ImportMixin, SchoolModelAdmin):
    """Who belongs to whom: the list to call from."""

    list_display = [
        "student",
        "guardian",
        "relation",
        "shown_phone",
        "has_custody",
        "is_emergency_contact",
        "may_pick_up",
        "portal_access",
    ]
    list_filter = [("relation", ChoicesDropdownFilter), "is_emergency_contact", "may_pick_up"]
    list_select_related = ["student", "guardian"]
    more_columns = ["call_order", "created_at"]
    ordering = ["student__sort_name", "call_order", "-is_emergency_contact", "id"]
    sortable_by: Sequence[str] = []
    search_fields = ["student__name", "guardian__name", "guardian__phone"]
    search_help_text = gettext_lazy("Name of the student or guardian, or phone")
    autocomplete_fields = ["student", "guardian"]
    fixed_fields = ["student", "guardian"]
    fields = [("student", "guardian"), *FLAGS]

    @display(description=gettext_lazy("phone"))
    def shown_phone(self, obj: StudentGuardian) -> str:
        return ", ".join(p for p in (obj.guardian.phone, obj.guardian.other_phone) if p)
