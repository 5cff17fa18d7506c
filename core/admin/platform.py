"""What operators see on the platform's host: schools, host names, and one another.

No person and no invoice of any school is here, and the policies would show none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from unfold.decorators import action, display

from core.admin import pages
from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.forms.schools import CreateSchoolForm, DomainForm
from core.http import PersonRequest
from core.models import Domain, Tenant, User
from core.services import invitations, schools

if TYPE_CHECKING:
    from core.admin.kinds import Fieldsets

if TYPE_CHECKING:
    from django.forms import ModelForm as FormBase
else:
    FormBase = object

# action -> (service, question, its button, what is said when it is done)
CHANGES = {
    "suspend": (
        schools.suspend,
        gettext_lazy("Suspend? Nobody can sign in until the school is opened again."),
        gettext_lazy("Suspend"),
        ngettext_lazy(
            "%(count)d school is suspended.", "%(count)d schools are suspended.", "count"
        ),
    ),
    "archive": (
        schools.archive,
        gettext_lazy("Archive? The school is closed for good; its data is kept."),
        gettext_lazy("Archive"),
        ngettext_lazy("%(count)d school is archived.", "%(count)d schools are archived.", "count"),
    ),
    "reactivate": (
        schools.reactivate,
        gettext_lazy("Open again? Everybody at the school can sign in as before."),
        gettext_lazy("Open again"),
        ngettext_lazy(
            "%(count)d school is open again.", "%(count)d schools are open again.", "count"
        ),
    ),
}


class DomainInline(SchoolTabularInline):
    model = Domain
    form = DomainForm
    fields = ["domain", "is_primary"]
    show_change_link = False

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not getattr(
            obj, "is_platform", False
        )


class SchoolAdmin(SchoolModelAdmin):
    """Schools: made by one form, closed and opened by actions, never deleted."""

    list_display = ["name", "address", "state", "contact_email", "created_at"]
    list_filter = ["status"]
    search_fields = ["name", "subdomain", "contact_email"]
    ordering = ["name", "id"]
    date_hierarchy = None
    inlines = [DomainInline]
    actions = ["suspend", "archive", "reactivate"]
    actions_detail = ["suspend_this", "archive_this", "reactivate_this"]
    add_fieldsets = [
        (None, {"fields": ["name", "subdomain", "contact_email"]}),
        (gettext_lazy("First admin"), {"fields": ["admin_name", "admin_email"]}),
    ]
    fieldsets = [(None, {"fields": ["name", "subdomain", "contact_email", "status", "created_at"]})]
    readonly_fields = ["status", "created_at"]
    fixed_fields = ["subdomain"]

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        return Tenant.objects.exclude(pk=request.tenant.pk).prefetch_related("domains")

    def get_fieldsets(self, request: PersonRequest, obj: Any = None) -> Fieldsets:
        return self.fieldsets if obj else self.add_fieldsets

    def get_inlines(self, request: PersonRequest, obj: Any) -> list[Any]:
        return self.inlines if obj else []

    def get_form(
        self, request: PersonRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[BaseForm]:
        if obj is None:
            kwargs["form"] = CreateSchoolForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: PersonRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        created = schools.create(
            **{name: form.cleaned_data[name] for name in form.cleaned_data},
            by=request.user,
        )
        obj.pk, obj._state.adding = created.pk, False

    def response_add(
        self, request: PersonRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.info(
            request,
            _("A link to set a password is on its way to the first admin."),
        )
        return super().response_add(request, obj, post_url_continue)

    @display(description=gettext_lazy("address"))
    def address(self, obj: Tenant) -> str:
        return ", ".join(sorted(domain.domain for domain in obj.domains.all()))

    @display(
        description=gettext_lazy("status"),
        label={"active": "success", "suspended": "warning", "archived": "danger"},
        ordering="status",
    )
    def state(self, obj: Tenant) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    # --- closing and opening ----------------------------------------------------------------------
    @action(description=gettext_lazy("Suspend"), permissions=["change"])
    def suspend(self, request: PersonRequest, queryset: QuerySet[Tenant]) -> HttpResponse | None:
        return self._change(request, queryset, "suspend")

    @action(description=gettext_lazy("Archive"), permissions=["change"])
    def archive(self, request: PersonRequest, queryset: QuerySet[Tenant]) -> HttpResponse | None:
        return self._change(request, queryset, "archive")

    @action(description=gettext_lazy("Open again"), permissions=["change"])
    def reactivate(self, request: PersonRequest, queryset: QuerySet[Tenant]) -> HttpResponse | None:
        return self._change(request, queryset, "reactivate")

    suspend.asks_first = archive.asks_first = reactivate.asks_first = True  # `_change` does

    @action(description=gettext_lazy("Suspend"), url_path="suspend", permissions=["change"])
    def suspend_this(self, request: PersonRequest, object_id: str) -> HttpResponse:
        return self._change_one(request, object_id, "suspend")

    @action(description=gettext_lazy("Archive"), url_path="archive", permissions=["change"])
    def archive_this(self, request: PersonRequest, object_id: str) -> HttpResponse:
        return self._change_one(request, object_id, "archive")

    @action(description=gettext_lazy("Open again"), url_path="open", permissions=["change"])
    def reactivate_this(self, request: PersonRequest, object_id: str) -> HttpResponse:
        return self._change_one(request, object_id, "reactivate")

    def get_actions_detail(self, request: PersonRequest, object_id: str) -> list[Any]:
        """Offer what would change something."""
        tenant = self.get_object(request, object_id)
        useless = {"active": "reactivate_this", "suspended": "suspend_this"}
        pointless = {useless.get(tenant.status, "archive_this")} if tenant else set()
        return [
            offered
            for offered in super().get_actions_detail(request, object_id)
            if not any(name in offered.action_name for name in pointless)
        ]

    def _change_one(self, request: PersonRequest, object_id: str, name: str) -> HttpResponse:
        tenant = self.get_object(request, object_id)
        if tenant is None:
            raise Http404
        queryset = self.get_queryset(request).filter(pk=tenant.pk)
        back = reverse("admin:core_tenant_change", args=[object_id])
        return self._change(request, queryset, name, back) or HttpResponseRedirect(back)

    def _change(
        self, request: PersonRequest, queryset: QuerySet[Tenant], name: str, back: str | None = None
    ) -> HttpResponse | None:
        """Ask first; then change the schools and say how many."""
        service, question, verb, done = CHANGES[name]
        if request.method == "POST" and "confirmed" in request.POST:
            changed = [tenant for tenant in queryset if service(tenant)]
            for tenant in changed:
                self.log_change(request, tenant, tenant.get_status_display())
            count = len(changed)
            self.message_user(request, done % {"count": count}, messages.SUCCESS)
            return None
        context = {
            "verb": verb,
            "schools": queryset,
            "action": name,
            "opts": self.opts,
            "back": back or reverse("admin:core_tenant_changelist"),
            "media": self.media,
        }
        template = "core/admin/platform/confirm.html"
        return pages.show(request, template, question, context, site=self.admin_site)


class DomainAdmin(SchoolModelAdmin):
    """Host names of all schools and of the platform."""

    form = DomainForm
    list_display = ["domain", "tenant", "is_primary"]
    list_select_related = ["tenant"]
    search_fields = ["domain", "tenant__name"]
    ordering = ["domain"]

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        """The name that the operator came by stays, or nobody would get in any more."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.domain != request.tenant.domain_url)

    def get_actions(self, request: PersonRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it asks for no single row
        return actions


class OperatorAdmin(SchoolModelAdmin):
    """The people of the platform itself."""

    list_display = ["name", "email", "status", "last_login"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "phone", "status"]

    def get_form(
        self, request: PersonRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[BaseForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (_OperatorForm, form), {"operator": request.user})

    def derive(self, request: PersonRequest, obj: Any) -> None:
        obj.role = User.Role.ADMIN
        obj.set_unusable_password()

    def save_model(self, request: PersonRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            invitations.send(obj)

    def delete_model(self, request: PersonRequest, obj: Any) -> None:
        if obj.pk == request.user.pk:
            raise PermissionDenied
        super().delete_model(request, obj)

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.pk != request.user.pk)

    def get_actions(self, request: PersonRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # it asks for no single row
        return actions


class _OperatorForm(FormBase):
    operator: User

    def clean_status(self) -> str:
        status = self.cleaned_data["status"]
        if self.instance.pk == self.operator.pk and status != User.Status.ACTIVE:
            raise ValidationError(_("You cannot close your own account; ask another operator."))
        return status
