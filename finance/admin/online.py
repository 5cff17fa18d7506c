"""Online payment: the school's account, and what the provider reported."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from core import offices
from core.admin import pages
from core.admin.base import SchoolModelAdmin
from core.admin.confirm import confirmed
from finance.models import OnlineEvent
from finance.models.online import Provider
from finance.online import accounts
from finance.online.provider import EVENTS

PROVIDER = Provider.STRIPE
KEY = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"})


class AccountForm(forms.Form):
    """The two keys; one that is left empty stays as it is."""

    key = forms.RegexField(
        r"^(sk|rk)_(test|live)_\w+$",
        label=gettext_lazy("Secret key"),
        max_length=255,
        widget=KEY,
        error_messages={
            "invalid": gettext_lazy(
                "A secret key begins with sk_live_, rk_live_, sk_test_ or rk_test_."
            )
        },
    )
    webhook = forms.RegexField(
        r"^whsec_[\w+/=]+$",
        label=gettext_lazy("Signing secret of the webhook"),
        max_length=255,
        widget=KEY,
        error_messages={"invalid": gettext_lazy("A signing secret begins with whsec_.")},
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Families can pay online"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args, account=None, **kwargs):
        super().__init__(*args, **kwargs)
        if account is not None:
            hint = _("Ends in %(hint)s. Leave this empty to keep it.")
            for name, ends in (("key", account.secret_hint), ("webhook", account.webhook_hint)):
                self.fields[name].required = False
                self.fields[name].help_text = hint % {"hint": ends}


@pages.page("online-payment/", "online_payment", pages.FORM, roles=offices.MONEY_OFFICE)
def online_payment(request):
    """Set up the school's account at the provider."""
    account = accounts.account()
    if request.method == "POST" and "forget" in request.POST:
        accounts.forget()
        messages.success(request, _("The keys were removed."))
        return redirect("admin:online_payment")
    is_active = account.is_active if account is not None else True
    form = AccountForm(request.POST or None, account=account, initial={"is_active": is_active})
    if request.method == "POST" and form.is_valid():
        accounts.keep(provider=PROVIDER, **form.cleaned_data)
        messages.success(request, _("Online payment was set up."))
        return redirect("admin:online_payment")
    context = {
        "form": form,
        "account": account,
        "address": request.build_absolute_uri(reverse("provider_messages", args=[PROVIDER])),
        "events": EVENTS[PROVIDER],
        "problems": OnlineEvent.objects.filter(outcome=OnlineEvent.Outcome.PROBLEM).count(),
        "messages_url": reverse("admin:finance_onlineevent_changelist"),
    }
    return pages.show(request, "finance/online_payment.html", _("Online payment"), context)


def _nothing_to_settle(event):
    return "" if event.outcome == OnlineEvent.Outcome.PROBLEM else _("Nobody has to look into it.")


@admin.register(OnlineEvent)
class OnlineEventAdmin(SchoolModelAdmin):
    """What the provider reported; the office says when it has dealt with a problem."""

    list_display = ["happened_at", "kind", "outcome", "payment", "note"]
    list_filter = [("outcome", ChoicesDropdownFilter)]
    list_select_related = ["payment"]
    ordering = ["-happened_at", "-id"]
    actions = ["settle"]
    fields = readonly_fields = [
        "happened_at",
        "kind",
        "outcome",
        "note",
        "checkout",
        "payment",
        "reference",
        "refunded",
        "event_id",
    ]
    empty_hint = gettext_lazy("Messages come when families pay online.")

    def has_add_permission(self, request):
        return False

    @admin.action(description=gettext_lazy("They are dealt with"), permissions=["settle"])
    @confirmed(
        question=ngettext_lazy(
            "Has somebody looked into %(count)d message?",
            "Has somebody looked into %(count)d messages?",
            "count",
        ),
        refusal=_nothing_to_settle,
        submit=gettext_lazy("Yes, they are dealt with"),
    )
    def settle(self, request, rows):
        for event in rows:
            event.outcome = OnlineEvent.Outcome.SETTLED
            event.save(update_fields=["outcome", "updated_at"])

    def has_settle_permission(self, request):
        return self.has_view_permission(request)
