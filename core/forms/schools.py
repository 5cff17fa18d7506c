"""The operators' forms: a new school with its first admin, and new operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from core.forms.refusals import RefusalForm
from core.models import Domain, Tenant
from core.services import schools

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

host_name_validator = RegexValidator(
    r"^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$",
    _("Write the host name alone, such as school.example.org: no https://, no port, no path."),
)


# Columns whose field is called otherwise in the form of a new school.
NAMED_OTHERWISE = {"email": "admin_email", "domain": "subdomain"}


class CreateSchoolForm(RefusalForm, forms.ModelForm):
    """Everything that a school needs to begin."""

    admin_name = forms.CharField(
        label=_("Name of the first admin"), max_length=255, widget=UnfoldAdminTextInputWidget
    )
    admin_email = forms.EmailField(
        label=_("E-mail of the first admin"),
        max_length=255,
        widget=UnfoldAdminEmailInputWidget,
        help_text=_("A link to set a password is sent there."),
    )

    class Meta:
        model = Tenant
        fields = ["name", "subdomain", "contact_email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subdomain"].help_text = _("The school is reached at %(host)s.") % {
            "host": schools.host_name(str(_("subdomain")))
        }

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_subdomain(self) -> str:
        subdomain = self.cleaned_data["subdomain"].strip().lower()
        schools.check_subdomain(subdomain)
        return subdomain

    def complain(self, field: str | None, message: str | StrPromise) -> None:
        super().complain(NAMED_OTHERWISE.get(field or "", field), message)


class DomainForm(forms.ModelForm):
    class Meta:
        model = Domain
        fields = ["domain", "tenant", "is_primary"]
        labels = {"domain": _("Host name"), "tenant": _("School"), "is_primary": _("Main address")}
        error_messages = {"domain": {"unique": _("Another school has this host name.")}}

    def clean_domain(self) -> str:
        domain = self.cleaned_data["domain"].strip().lower().rstrip(".")
        host_name_validator(domain)
        return domain
