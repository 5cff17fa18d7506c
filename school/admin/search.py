"""The answers of the search in the header of every page (static/school/find.js)."""

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.admin import pages, subjects
from school.navigation import navigation
from school.selectors.search import Search


@pages.page("search/", "search")
@never_cache
def search(request):
    """Answer `{"results": [{"kind", "title", "detail", "url"}]}`: an interface that stays."""
    asked = Search(request.GET.get("q", ""), request.user.has_perm, _pages(request))
    return JsonResponse({"results": [result.as_json() for result in asked.results()]})


def _pages(request):
    """Return [(title, its group, address)] of the pages that this person may open."""
    listed = [
        (str(item["title"]), str(group["title"] or ""), str(item["link"]))
        for group in navigation(request)
        for item in group["items"]
    ]
    return listed + (_settings(listed) if request.user.is_admin else [])


def _settings(listed):
    """Return the pages of the settings that the menu has not."""
    known = {address for _title, _group, address in listed}
    return [
        (str(subject.title), _("Settings"), subject.url)
        for subject in subjects.every()
        if subject.url not in known
    ]
