"""The frame of the admin's pages, built once for each role and language.

Unfold computes its menu, colours and some forty settings for each request: half of the time of a
small page. Only `each_context` below and the menu's current item depend on the request; the rest is
the same for a role and language, which a test compares with Unfold's own result.
"""

from django.contrib.admin import AdminSite
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.links import address

# Keys of Unfold's context that depend on the request or the person.
OF_REQUEST = ("account_links", "site_header", "site_title", "site_url", "sidebar_navigation")


class Frame:
    """Unfold's settings as attributes; one object for each site and language."""

    def __init__(self, settings):
        vars(self).update(settings)


class FrameMixin:
    """An admin site of Unfold that caches what does not depend on the request."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._settings, self._groups, self._menus = {}, {}, {}

    def each_context(self, request):
        own = {
            "site_title": self._get_config("SITE_TITLE", request),
            "site_header": self._get_config("SITE_HEADER", request),
            "site_url": self._get_config("SITE_URL", request),
            "account_links": self._get_account_links(request),
        }
        menu = self.menu(request) if self.has_permission(request) else ""
        context = AdminSite.each_context(self, request)
        # Unfold's template asks whether there is a navigation at all.
        return context | self._shared(request) | own | {"menu": menu, "sidebar_navigation": menu}

    def _shared(self, request):
        """Return Unfold's settings for templates, in the reader's language."""
        language = get_language()
        if language not in self._settings:
            context, of_django = (
                super().each_context(request),
                AdminSite.each_context(self, request),
            )
            settings = {
                name: value
                for name, value in context.items()
                if name not in OF_REQUEST and (name not in of_django or name == "site_url")
            }
            # As one value too, for what is drawn from nothing else ({% kept frame=frame %}).
            self._settings[language] = settings | {"frame": Frame(settings)}
        return self._settings[language]

    def menu(self, request) -> SafeString:
        """Return the sidebar's groups as HTML, with the items marked that lead to this page."""
        role, groups = (request.user.role, get_language()), self._groups_of(request)
        current = _current(groups, request.path)
        key = (*role, *current)
        if key not in self._menus:
            context = {"groups": _marked(groups, current)}
            self._menus[key] = render_to_string("school/menu.html", context)
        return self._menus[key]

    def _groups_of(self, request):
        """Return the sidebar's groups, which are the same for a role and language."""
        role = (request.user.role, get_language())
        if role not in self._groups:
            self._groups[role] = self.get_sidebar_list(request)
        return self._groups[role]

    def start_pages(self, request):
        """Return the pages that a person may begin with, [(group, [(path, title)])]."""
        return [
            (group["title"] or "", [(str(item["link"]), item["title"]) for item in group["items"]])
            for group in self._groups_of(request)
        ]

    def start_page(self, request):
        """Return the path of the page that the person chose to begin with, or of the first one."""
        paths = {path for _title, pages in self.start_pages(request) for path, _name in pages}
        start = request.user.chosen.start
        return start if start in paths else address("admin:index")


def _current(groups, path):
    """Return the links that lead to `path` or above it, but not the dashboard (above all)."""
    home = address("admin:index")
    links = (str(item["link"]) for group in groups for item in group["items"])
    return [link for link in links if link == path or link != home and path.startswith(link)]


def _marked(groups, current):
    marked = []
    for group in groups:
        items = [item | {"is_current": str(item["link"]) in current} for item in group["items"]]
        is_current = any(item["is_current"] for item in items)
        marked.append(group | {"items": items, "is_current": is_current})
    return marked
