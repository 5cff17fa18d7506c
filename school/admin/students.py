"""Finding a student: all who match what was typed, page by page."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.admin import pages
from core.models import User
from core.models.user import is_placeholder
from core.search import find, split

SEARCH = "app.search_users"
PAGE = 50
STATUSES = dict(User.Status.choices)


@dataclass(frozen=True)
class Listed:
    """A line of the list."""

    pk: UUID
    name: str
    email: str
    status: str

    @property
    def address(self) -> str:
        """The e-mail address; empty for people who have none."""
        return "" if is_placeholder(self.email) else self.email

    @property
    def status_text(self) -> str:
        return STATUSES[self.status]


@pages.page("students/", "students")
def students(request):
    """Find students; a single match leads to the profile directly."""
    term = request.GET.get("q", "").strip()
    people = User.objects.students().order_by("sort_name", "id")
    former = request.GET.get("former") == "1"
    if former:
        people = people.filter(status=User.Status.ARCHIVED)
    words = split(term)
    for (_word, _function), ids in (find(words, [SEARCH]) if words else {}).items():
        people = people.filter(pk__in=ids)
    rows = people.values_list("pk", "name", "email", "status")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    listed = [Listed(*row) for row in page]
    if words and page.paginator.count == 1:
        return redirect("admin:student_profile", listed[0].pk)
    context = {"q": term, "page": page, "students": listed, "former": former}
    return pages.show(request, "school/profile/students.html", _("Students"), context)
