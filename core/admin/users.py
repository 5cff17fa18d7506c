"""People: everyone of the school, and what lets them sign in."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminPasswordWidget

from core.admin.base import SchoolModelAdmin
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from core.admin.soft_delete import SoftDeleteAdmin
from core.models import User
from core.services import invitations


class PersonForm(forms.ModelForm):
    """A person; their e-mail is what they sign in with."""

    class Meta:
        model = User
        fields = ["name", "email"]  # the fieldsets name the others
        help_texts = {"email": gettext_lazy("The person signs in with this address.")}


class SetPasswordDialog(BaseDialogForm):
    """A new password, twice."""

    password1 = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters, and not one of the common ones."),
    )
    password2 = forms.CharField(
        label=gettext_lazy("The same again"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        first, second = (self.cleaned_data.get(f"password{n}") for n in (1, 2))
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            try:
                password_validation.validate_password(first)
            except ValidationError as error:
                self.add_error("password1", error)
        return self.cleaned_data


@admin.register(User)
class UserAdmin(ImportMixin, SoftDeleteAdmin, SchoolModelAdmin):
    """People. Other apps add what they know of a person to `inlines` (with `person_roles`)."""

    form = PersonForm
    list_display = ["name", "shown_email", "shown_role", "shown_status", "phone", "last_login"]
    list_filter = [("role", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter)]
    ordering = ["name", "id"]
    sortable_by = ["name"]
    search_fields = ["name"]
    search_people = ["pk"]
    search_help_text = gettext_lazy("Name or e-mail")
    readonly_fields = ["last_login", "created_at"]
    actions = [*SoftDeleteAdmin.actions, "send_password_links"]
    actions_detail = ["send_password_link", "set_password"]
    inlines = []
    fieldsets = [
        (None, {"fields": ["name", "email", ("role", "status"), ("phone", "avatar_url")]}),
        (
            gettext_lazy("Sign-in"),
            {"fields": [("email_verified", "last_login"), "auth_id", "created_at"]},
        ),
        (
            gettext_lazy("Further data"),
            {"classes": ["collapse"], "fields": ["metadata", "preferences"]},
        ),
    ]
    add_fieldsets = [(None, {"fields": ["name", "email", "role", ("phone", "avatar_url")]})]

    shown_role = choice_label("role", gettext_lazy("role"), admin="warning", teacher="info")
    shown_status = choice_label("status", active="success", suspended="danger")

    @display(description=gettext_lazy("e-mail"), ordering="email", label={"none": "warning"})
    def shown_email(self, obj):
        return ("none", _("no e-mail")) if obj.has_placeholder_email else (obj.email, obj.email)

    def autocomplete_label(self, obj):
        return obj.name if obj.has_placeholder_email else f"{obj.name} – {obj.email}"

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        # Nobody locks themselves out; so the school always keeps an admin.
        return [*fields, "role", "status"] if obj == request.user else fields

    def has_delete_permission(self, request, obj=None):
        return obj != request.user and super().has_delete_permission(request, obj)

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset.exclude(pk=request.user.pk))

    def get_inlines(self, request, obj):
        return [i for i in self.inlines if obj is not None and obj.role in i.person_roles]

    # --- passwords ------------------------------------------------------------------------------
    def lookup_allowed(self, lookup, value, request):
        """Whether the list had rows would tell a password's hash, character by character."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_password_permission(self, request, object_id=None):
        return request.user.is_admin

    @admin.action(
        description=gettext_lazy("Send a link to set a password"), permissions=["password"]
    )
    def send_password_links(self, request, queryset):
        alive = queryset.filter(status=User.Status.ACTIVE, deleted_at__isnull=True)
        self._send_links(request, alive)

    @action(
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
    def send_password_link(self, request, form, object_id):
        self._send_links(request, self._active(request, object_id))
        return self._back(object_id)

    @action(
        description=gettext_lazy("Set password"),
        icon="key",
        permissions=["password"],
        dialog={
            "title": gettext_lazy("Set a password"),
            "description": gettext_lazy("Tell it to the person in a safe way."),
            "form_class": SetPasswordDialog,
            "form_submit_text": gettext_lazy("Set password"),
        },
    )
    def set_password(self, request, form, object_id):
        person = get_object_or_404(self._active(request, object_id))
        person.set_password(form.cleaned_data["password1"])
        person.save(update_fields=["password"])
        self.log_change(request, person, _("Set a password."))
        self.message_user(request, _("%s has a new password.") % person, messages.SUCCESS)
        return self._back(object_id)

    def _active(self, request, object_id):
        found = self.get_object(request, object_id)
        return User.objects.active().filter(pk=found.pk if found else None)

    @staticmethod
    def _back(object_id):
        """Tell the dialog (htmx) to load the person's page."""
        url = reverse("admin:core_user_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": url})

    def _send_links(self, request, people):
        """Mail everyone a link; people without an address are counted and told."""
        site = f"{request.scheme}://{request.get_host()}"
        sent = without = 0
        for person in people:
            if person.has_placeholder_email:
                without += 1
                continue
            invitations.send(person, request.tenant, site)
            sent += 1
        if sent:
            text = ngettext("%d link was sent.", "%d links were sent.", sent) % sent
            self.message_user(request, text, messages.SUCCESS)
        if without:
            text = ngettext(
                "%d person has no e-mail address.", "%d people have no e-mail address.", without
            )
            self.message_user(request, text % without, messages.WARNING)
        if not sent and not without:
            self.message_user(request, _("Nobody active was chosen."), messages.WARNING)
