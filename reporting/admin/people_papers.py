"""Actions of lists of people: labels, a contact sheet, an emergency list, and report cards."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.http import PersonRequest
from core.models import User
from exchange.admin.exporting import answer
from reporting.people.export import CONTACT_SHEET, EMERGENCY_LIST, KIND, LABELS, TITLES

MOST = 500  # people on one paper
AT_ONCE = 100  # people within the request; more are written in the background
CARDS = 300  # students whose report cards are made in one go


class PeoplePapersMixin(admin.ModelAdmin):
    """What is printed about the chosen people, or about all that match."""

    paper_actions = ["print_labels", "contact_sheet", "emergency_list", "report_cards_of_these"]

    @admin.action(description=gettext_lazy("Print labels"), permissions=["view"])
    def print_labels(self, request: PersonRequest, queryset: QuerySet[User]) -> Any:
        return self._paper(request, queryset, LABELS)

    @admin.action(description=gettext_lazy("Print a contact sheet"), permissions=["view"])
    def contact_sheet(self, request: PersonRequest, queryset: QuerySet[User]) -> Any:
        return self._paper(request, queryset, CONTACT_SHEET)

    @admin.action(description=gettext_lazy("Print an emergency list"), permissions=["view"])
    def emergency_list(self, request: PersonRequest, queryset: QuerySet[User]) -> Any:
        return self._paper(request, queryset.filter(role=User.Role.STUDENT), EMERGENCY_LIST)

    @admin.action(description=gettext_lazy("Report cards of these …"), permissions=["cards"])
    def report_cards_of_these(self, request: PersonRequest, queryset: QuerySet[User]) -> Any:
        """Go to the page that asks for the term."""
        students = queryset.filter(role=User.Role.STUDENT)
        keys = self._keys(request, students, CARDS)
        if not keys:
            return None
        query = urlencode([("student", key) for key in keys])
        return HttpResponseRedirect(f"{reverse('admin:chosen_report_cards')}?{query}")

    def has_cards_permission(self, request: PersonRequest) -> bool:
        return request.user.is_people_office

    def _paper(
        self, request: PersonRequest, people: QuerySet[User], template_id: str
    ) -> HttpResponseBase | None:
        keys = self._keys(request, people, MOST)
        if not keys:
            return None
        return answer(
            request,
            request.get_full_path(),
            kind=KIND,
            template_id=template_id,
            title=str(TITLES[template_id]),
            file_format="pdf",
            filters={},
            selection=[*map(str, keys)],
            background=len(keys) > AT_ONCE,
        )

    def _keys(self, request: PersonRequest, people: QuerySet[User], most: int) -> list[Any]:
        """Return the ids of people who are not deleted; none, with a sentence, of too many."""
        kept = people.filter(deleted_at=None).order_by("sort_name", "id")
        keys = list(kept.values_list("pk", flat=True)[: most + 1])
        if not keys:
            sentence = _("Nobody of those chosen belongs on this list.")
            self.message_user(request, sentence, messages.WARNING)
        elif len(keys) > most:
            sentence = _("At most %(most)d people at once: filter the list first.")
            self.message_user(request, sentence % {"most": most}, messages.ERROR)
            return []
        return keys
