"""Look and navigation of the platform's admin (Unfold's settings)."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from school.unfold import UNFOLD


def _item(title, icon, name):
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}_changelist")}


UNFOLD_PLATFORM = {
    "SITE_TITLE": _("Platform"),
    "SITE_HEADER": _("Platform"),
    "SITE_SUBHEADER": _("Schools and operators"),
    "SITE_SYMBOL": "domain",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "STYLES": UNFOLD["STYLES"],
    "COLORS": UNFOLD["COLORS"],
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {"navigation": "school.navigation.account"},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    _item(_("Schools"), "school", "core_tenant"),
                    _item(_("Host names"), "dns", "core_domain"),
                    _item(_("Operators"), "badge", "core_user"),
                    _item(_("Admin log"), "list_alt", "admin_logentry"),
                    _item(_("Sent mail"), "outgoing_mail", "core_mail"),
                    _item(_("Audit trail"), "history", "core_auditlog"),
                ],
            },
        ],
    },
}
