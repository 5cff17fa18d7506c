"""People: everyone of the school, and what lets them sign in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldBooleanSwitchWidget,
)

from core import offices, records
from core.admin import leaving, pages, record_bulk, record_columns, record_filters, record_form
from core.admin.base import SchoolModelAdmin, without_fields
from core.admin.bulk_edit import BulkEditMixin, BulkField
from core.admin.confirm import confirmed
from core.admin.dialogs import dialog_action
from core.admin.group_filters import GroupFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from core.admin.soft_delete import SoftDeleteAdmin
from core.http import PersonRequest
from core.models import PersonField, User
from core.models.user import UserQuerySet
from core.services import invitations, photos, pictures

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from core.admin.kinds import FieldLine, Fieldsets

PHOTO = gettext_lazy("Photo")
LEFT = [User.Status.SUSPENDED, User.Status.ARCHIVED]
TITLES: dict[str, StrPromise] = {
    User.Status.SUSPENDED: gettext_lazy("Suspend?"),
    User.Status.ARCHIVED: gettext_lazy("Archive?"),
}


def _no_link_because(person: User) -> str:
    if person.deleted_at is not None or not person.is_active:
        return _("No account that can sign in.")
    return _("No e-mail address.") if person.has_placeholder_email else ""


def _keeps(request: PersonRequest, person: User | None) -> bool:
    """Return whether this account is the reader's to change (of nobody in particular: some are)."""
    return person is None or request.user.may_keep(person.role)


class PersonForm(record_form.RecordForm):
    """A person; their e-mail is what they sign in with."""

    new_photo = forms.FileField(
        label=gettext_lazy("New photo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(
            attrs={"accept": pictures.ACCEPT, "data-max-bytes": photos.MAX_MB * 2**20}
        ),
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 8 MB; cropped to a square."),
    )
    remove_photo = forms.BooleanField(
        label=gettext_lazy("Remove the photo"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    class Meta:
        model = User
        fields = ["name", "email"]  # the fieldsets name the others
        help_texts = {
            "email": gettext_lazy("The person signs in with this address."),
            "auth_id": gettext_lazy("Only for people who sign in through another system."),
        }

    def clean_new_photo(self) -> bytes | None:
        """Return the picture as JPEG bytes, ready to be kept."""
        upload = self.cleaned_data.get("new_photo")
        return photos.square(upload) if upload else None

    def keep_photo(self) -> None:
        """Keep or remove the photo as the form says; to be called just before saving."""
        jpeg = self.cleaned_data.get("new_photo")
        if jpeg or self.cleaned_data.get("remove_photo"):
            photos.keep(self.instance, jpeg)
            self.also_changed = {*self.also_changed, "photo"}


class SetPasswordDialog(BaseDialogForm):
    """A new password, twice."""

    password1 = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters, and not one of the common ones."),
    )
    password2 = forms.CharField(
        label=gettext_lazy("The same password again"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        first, second = (self.cleaned_data.get(f"password{n}") for n in (1, 2))
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            try:
                password_validation.validate_password(first)
            except ValidationError as error:
                self.add_error("password1", error)
        return self.cleaned_data


class UserAdmin(BulkEditMixin, ImportMixin, SoftDeleteAdmin, SchoolModelAdmin):
    """People. The app `school` registers it with what the other apps know of a person.

    An inline says by `person_roles` on whose pages it stands.
    """

    form = PersonForm
    keeps_forms = True
    list_display = [
        "name",
        "shown_email",
        "shown_role",
        "shown_group",
        "shown_status",
        "phone",
    ]
    list_filter = [
        ("role", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        GroupFilter,
    ]
    list_select_related = ["year_group", "homeroom"]
    more_columns = [
        "year_group",
        "homeroom",
        "email_verified",
        "last_login",
        "created_at",
        "auth_id",
    ]
    ordering = ["sort_name", "id"]
    sortable_by = ["name", "shown_email", "shown_role", "shown_status"]
    search_fields = ["name"]
    search_people = ["pk"]
    search_help_text = gettext_lazy("Name, e-mail, phone, or something of the record")
    readonly_fields = ["last_login", "created_at", "shown_record", "shown_photo"]
    actions = [
        "bulk_edit",
        *SoftDeleteAdmin.actions,
        "suspend_selected",
        "archive_selected",
        "send_password_links",
    ]
    actions_detail = ["send_password_link", "set_password"]
    inlines: list[Any] = []
    fieldsets = [
        (None, {"fields": ["name", "email", ("role", "status"), ("phone", "avatar_url")]}),
        (PHOTO, {"fields": ["shown_photo", "new_photo", "remove_photo"]}),
        (
            gettext_lazy("Sign-in"),
            {"fields": [("email_verified", "last_login"), "auth_id", "created_at"]},
        ),
    ]
    add_fieldsets = [
        (None, {"fields": ["role", "name", "email", ("phone", "avatar_url")]}),
        (PHOTO, {"fields": ["new_photo"]}),
    ]

    shown_role = choice_label(
        "role",
        gettext_lazy("role"),
        admin="warning",
        registrar="warning",
        bursar="warning",
        teacher="info",
    )
    shown_status = choice_label("status", active="success", suspended="danger")

    @display(description=gettext_lazy("homeroom"))
    def shown_group(self, obj: User) -> str:
        """Return the homeroom, or the year group of who has none."""
        return str(obj.homeroom or obj.year_group or "")

    # In the order of the index that keeps addresses apart.
    @display(description=gettext_lazy("e-mail"), ordering=Lower("email"))
    def shown_email(self, obj: User) -> str:
        return _("no e-mail") if obj.has_placeholder_email else obj.email.lower()

    def autocomplete_label(self, obj: User) -> str:
        return obj.name if obj.has_placeholder_email else f"{obj.name} – {obj.email}"

    def get_readonly_fields(self, request: PersonRequest, obj: User | None = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        # Nobody locks themselves out; so the school always keeps an admin.
        if obj == request.user:
            return [*fields, "role", "status"]
        return [*fields, "role"] if obj is not None and not request.user.is_admin else fields

    def formfield_for_choice_field(
        self, db_field: Field, request: PersonRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Offer the roles whose accounts this person may make."""
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        if db_field.name == "role" and field is not None:
            known: Any = field
            known.choices = [
                (role, label)
                for role, label in known.choices
                if not role or request.user.may_keep(role)
            ]
        return field

    def has_change_permission(self, request: PersonRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _keeps(request, obj)

    def has_delete_permission(self, request: PersonRequest, obj: User | None = None) -> bool:
        return (
            obj != request.user
            and super().has_delete_permission(request, obj)
            and _keeps(request, obj)
        )

    # --- the record -----------------------------------------------------------------------------
    def record_fields(self, request: PersonRequest, obj: User | None) -> list[PersonField]:
        """Return the fields of the record on this page, asked for once a request and role."""
        asked = request.POST.get("role") or request.GET.get("role")
        role = record_form.role_of(obj, asked)
        known = vars(request).setdefault("record_fields", {})
        if role not in known:
            known[role] = record_form.fields_for(role)
        return known[role]

    def get_fieldsets(self, request: PersonRequest, obj: User | None = None) -> Fieldsets:
        first, *others = super().get_fieldsets(request, obj)
        if obj is not None and not self.has_change_permission(request, obj):
            names: list[FieldLine] = ["shown_record"]
            others = [*without_fields(others, ["new_photo", "remove_photo"])]
        else:
            names = record_form.in_lines(self.record_fields(request, obj))
        if self.is_of_student(request, obj):
            names = [("year_group", "homeroom"), *names]
        record: Fieldsets = [(_("Record"), {"fields": names})] if names else []
        return [first, *record, *others]

    @staticmethod
    def is_of_student(request: PersonRequest, obj: User | None) -> bool:
        """Return whether the page is that of a student, also of a new one."""
        asked = request.POST.get("role") or request.GET.get("role")
        return record_form.role_of(obj, asked) == User.Role.STUDENT

    def get_form(
        self, request: PersonRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.BaseForm]:
        fields = self.record_fields(request, obj)
        kwargs["form"] = record_form.with_record(self.form, fields)
        return super().get_form(request, obj, change, **kwargs)

    def get_list_filter(self, request: PersonRequest) -> Sequence[Any]:
        return [*super().get_list_filter(request), *record_filters.of_lists()]

    def get_more_columns(
        self, request: PersonRequest, names: Collection[str] | None = None
    ) -> Sequence[Any]:
        """Return the fields of the record, too: those that the reader reads."""
        if names is not None and not any(name.startswith(records.PREFIX) for name in names):
            return self.more_columns
        return [*record_columns.of_lists(), *self.more_columns]

    def get_bulk_fields(self, request: PersonRequest) -> list[BulkField]:
        return record_bulk.of_people()

    @display(description=gettext_lazy("record"))
    def shown_record(self, obj: User) -> str:
        lines = [(line.label, line.text) for line in records.lines(obj)]
        return format_html_join("", "{}: {}<br>", lines) if lines else "–"

    @display(description=gettext_lazy("photo"))
    def shown_photo(self, obj: User) -> str:
        if not obj.photo:
            return _("None yet")
        address = reverse("person_photo", args=[obj.pk])
        return format_html('<img src="{}" alt="{}" class="person-photo">', address, obj.name)

    def save_model(self, request: PersonRequest, obj: User, form: PersonForm, change: bool) -> None:
        form.keep_photo()
        super().save_model(request, obj, form, change)

    # --- leaving --------------------------------------------------------------------------------
    def changeform_view(
        self,
        request: PersonRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask first when saving lets somebody go who has something that could end."""
        if request.method == "POST" and object_id and leaving.CHOICE not in request.POST:
            person = self._lets_go(request, object_id)
            sentences = leaving.consequences([person]) if person else []
            if person and sentences:
                return self._ask(request, [person], request.POST["status"], sentences)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _lets_go(self, request: PersonRequest, object_id: str) -> User | None:
        """Return the person whom this form suspends or archives, or None."""
        if request.POST.get("status") not in LEFT or not self.has_change_permission(request):
            return None
        person = self.get_object(request, unquote(object_id))
        if person is None or person == request.user or person.deleted_at is not None:
            return None
        return person if person.status != request.POST["status"] else None

    def _ask(
        self,
        request: PersonRequest,
        people: Sequence[User],
        status: str,
        sentences: Sequence[str],
        **context: Any,
    ) -> HttpResponse:
        """Return the page that says what ends with these people, and sends the same again."""
        hidden = [
            (name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken"
            for value in values
        ]
        context |= {
            "opts": self.opts,
            "people": people,
            "consequences": sentences,
            "hidden": hidden,
        }
        template = "core/admin/people_leave.html"
        return pages.show(request, template, TITLES[status], context, site=self.admin_site)

    def _end(self, request: PersonRequest, people: Sequence[User]) -> None:
        """End what the form asks to end, and report the result."""
        if leaving.is_asked_to_end(request):
            for sentence in leaving.end(people):
                self.message_user(request, sentence, messages.SUCCESS)

    def save_related(self, request: PersonRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "status" in form.changed_data and not form.instance.is_active:
            self._end(request, [form.instance])

    @admin.action(description=gettext_lazy("Suspend selected people"), permissions=["delete"])
    def suspend_selected(
        self, request: PersonRequest, queryset: UserQuerySet
    ) -> HttpResponse | None:
        return self._leave(request, queryset, User.Status.SUSPENDED)

    @admin.action(description=gettext_lazy("Archive selected people"), permissions=["delete"])
    def archive_selected(
        self, request: PersonRequest, queryset: UserQuerySet
    ) -> HttpResponse | None:
        return self._leave(request, queryset, User.Status.ARCHIVED)

    # `_leave` asks.
    suspend_selected.asks_first = True  # type: ignore[attr-defined]  # as of core.admin.confirm
    archive_selected.asks_first = True  # type: ignore[attr-defined]  # as of core.admin.confirm

    def _leave(
        self, request: PersonRequest, queryset: UserQuerySet, status: str
    ) -> HttpResponse | None:
        """Ask, naming everybody; then suspend or archive those who are not yet."""
        chosen = queryset.exclude(pk=request.user.pk).filter(deleted_at=None).exclude(status=status)
        if not request.user.is_admin:
            chosen = chosen.filter(role__in=offices.ACCOUNTS)
        people = list(chosen.order_by("sort_name", "id"))
        if not people:
            self.message_user(
                request, _("None of the chosen people can be changed this way."), messages.WARNING
            )
            return None
        if request.POST.get("sure") != "1":
            left_out = queryset.count() - len(people)
            sentences = leaving.consequences(people)
            return self._ask(request, people, status, sentences, left_out=left_out, is_bulk=True)
        count = User.objects.filter(pk__in=[person.pk for person in people]).update(status=status)
        texts: dict[str, str] = {
            User.Status.SUSPENDED: ngettext(
                "%(n)d person was suspended.", "%(n)d people were suspended.", count
            ),
            User.Status.ARCHIVED: ngettext(
                "%(n)d person was archived.", "%(n)d people were archived.", count
            ),
        }
        self.message_user(request, texts[status] % {"n": count}, messages.SUCCESS)
        self._end(request, people)
        return None

    def deletion_context(self, rows: Sequence[User]) -> dict[str, Any]:
        return {"consequences": leaving.consequences(rows)}

    def deletion_refusal(self, request: PersonRequest, row: User) -> str:
        if row == request.user:
            return _("This is you.")
        if not _keeps(request, row):
            return _("Only an admin changes this account.")
        return super().deletion_refusal(request, row)

    def delete_view(
        self, request: PersonRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        may = person is not None and self.has_delete_permission(request, person)
        more = {"consequences": leaving.consequences([person])} if person and may else {}
        return super().delete_view(request, object_id, (extra_context or {}) | more)

    def delete_model(self, request: PersonRequest, obj: User) -> None:
        super().delete_model(request, obj)
        self._end(request, [obj])

    def delete_queryset(self, request: PersonRequest, queryset: UserQuerySet) -> None:
        people = list(queryset.exclude(pk=request.user.pk))
        super().delete_queryset(request, queryset.exclude(pk=request.user.pk))
        self._end(request, people)

    def get_inlines(self, request: PersonRequest, obj: User | None) -> list[Any]:
        return [i for i in self.inlines if obj is not None and obj.role in i.person_roles]

    # --- passwords ------------------------------------------------------------------------------
    def lookup_allowed(self, lookup: str, value: object, request: PersonRequest) -> bool:
        """When somebody had another password is nothing to look for."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_password_permission(self, request: PersonRequest, object_id: str | None = None) -> bool:
        user = request.user
        if user.is_admin or object_id is None or not user.is_people_office:
            return user.is_people_office
        return _keeps(request, self.get_object(request, unquote(str(object_id))))

    @admin.action(
        description=gettext_lazy("Send a link to set a password"), permissions=["password"]
    )
    @confirmed(
        question=ngettext_lazy(
            "Send %(count)d person a link to set a password?",
            "Send %(count)d people a link to set a password?",
            "count",
        ),
        explanation=gettext_lazy("Each gets an e-mail; the link works once."),
        refusal=_no_link_because,
        submit=gettext_lazy("Send"),
    )
    def send_password_links(self, request: PersonRequest, rows: Sequence[User]) -> None:
        self._send_links(request, rows)

    @dialog_action(
        description=gettext_lazy("Send password link"),
        icon="mail",
        permissions=["password"],
        dialog={
            "title": gettext_lazy("Send a link to set a password?"),
            "description": gettext_lazy("The person gets an e-mail; the link works once."),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Send"),
        },
    )
    def send_password_link(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        self._send_links(request, self._active(request, object_id))
        return redirect("admin:core_user_change", object_id)

    @dialog_action(
        description=gettext_lazy("Set password"),
        icon="key",
        permissions=["password"],
        dialog={
            "title": gettext_lazy("Set a password"),
            "description": gettext_lazy("Give it to the person in a safe way."),
            "form_class": SetPasswordDialog,
            "form_submit_text": gettext_lazy("Set password"),
        },
    )
    def set_password(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        person = get_object_or_404(self._active(request, object_id))
        person.set_password(form.cleaned_data["password1"])
        person.save(update_fields=["password"])
        self.log_change(request, person, _("Set a password."))
        self.message_user(request, _("%s has a new password.") % person, messages.SUCCESS)
        return redirect("admin:core_user_change", object_id)

    def _active(self, request: PersonRequest, object_id: str) -> UserQuerySet:
        person = self.get_object(request, object_id)
        people = User.objects.active()
        return people.filter(pk=person.pk) if person else people.none()

    def _send_links(self, request: PersonRequest, people: Iterable[User]) -> None:
        """Mail everyone a link; the message counts people without an address."""
        sent = without = 0
        for person in people:
            if person.has_placeholder_email:
                without += 1
                continue
            invitations.send(person)
            sent += 1
        if sent:
            text = ngettext("%d link is on its way.", "%d links are on their way.", sent) % sent
            self.message_user(request, text, messages.SUCCESS)
        if without:
            text = ngettext(
                "%d person has no e-mail address.", "%d people have no e-mail address.", without
            )
            self.message_user(request, text % without, messages.WARNING)
        if not sent and not without:
            self.message_user(request, _("None of the chosen people is active."), messages.WARNING)
