"""Bulk actions that mail, cancel, delete or archive ask first, and then do what is possible.

    @admin.action(description=..., permissions=[...])
    @confirmed(question=ngettext_lazy("Cancel %(count)d invoice?", ...), refusal=why_not)
    def cancel(self, request, rows): ...

The action is called with the list of rows that `refusal(row)` says nothing against ("" or a
sentence); it may do less, and raise nothing for a row: it returns {row: sentence} for those that
were refused on the way, or None. The page names how many and whom, and lists the others with the
reason; afterwards these are listed once more.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import pages
from core.http import PersonRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# Of the ModelAdmin, the request and the rows; returns what became of those that were refused.
Action = Callable[[Any, PersonRequest, list[Any]], "dict[Any, str] | None"]

DO_IT = gettext_lazy("Continue")
SHOWN = 100  # names on the page
FIELDS = 5_000
NAMED = 10  # reasons in the message afterwards


def confirmed(
    *,
    question: Any,
    explanation: str | StrPromise = "",
    refusal: Callable[[Any], str] = lambda row: "",
    submit: str | StrPromise = DO_IT,
    related: Sequence[str] = (),
) -> Callable[[Action], Callable[..., HttpResponse | None]]:
    """Make an action of a list ask first.

    `question` is an ngettext_lazy with %(count)d, `related` what `refusal` and str() of a row read.
    """

    def decorate(function: Action) -> Callable[..., HttpResponse | None]:
        @functools.wraps(function)
        def action(
            modeladmin: Any, request: PersonRequest, queryset: QuerySet[Any]
        ) -> HttpResponse | None:
            rows = list(queryset.select_related(*related) if related else queryset)
            reasons = {row: reason for row in rows if (reason := refusal(row))}
            able = [row for row in rows if row not in reasons]
            if "confirmed" not in request.POST:
                context = {
                    "explanation": explanation,
                    "able": able[:SHOWN],
                    "able_more": max(len(able) - SHOWN, 0),
                    "refused": list(reasons.items())[:SHOWN],
                    "refused_more": max(len(reasons) - SHOWN, 0),
                    # A form has so many fields at most; a longer list stays "all that match".
                    "across": len(rows) > FIELDS,
                    "selected": [row.pk for row in rows[: FIELDS if len(rows) <= FIELDS else 1]],
                    "checkbox": ACTION_CHECKBOX_NAME,
                    "action": request.POST["action"],
                    "verb": submit,
                    "back": request.get_full_path(),
                    "opts": modeladmin.opts,
                    "media": modeladmin.media,
                }
                title = question % {"count": len(able)}
                template, site = "core/admin/confirm_action.html", modeladmin.admin_site
                return pages.show(request, template, title, context, site=site)
            if able:
                reasons |= function(modeladmin, request, able) or {}
            if reasons:
                modeladmin.message_user(request, refused(reasons), messages.WARNING)
            return None

        action.asks_first = True  # type: ignore[attr-defined]  # core.admin.base reads it
        return action

    return decorate


def refused(reasons: Mapping[Any, str]) -> str:
    """Return the sentence that names the rows of {row: reason} that were left as they were."""
    sentences = [f"{row}: {reason}" for row, reason in list(reasons.items())[:NAMED]]
    if len(reasons) > NAMED:
        sentences.append(_("and %(count)d more.") % {"count": len(reasons) - NAMED})
    return _("Left as it was: %(reasons)s") % {"reasons": " ".join(sentences)}
