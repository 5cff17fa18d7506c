"""Pages of the admin that are no model's own list or form: how they are declared and answered.

    @pages.page("register/<uuid:session_id>/", "register", pages.FORM)
    def register(request, session_id):
        ...
        return pages.show(request, "app/register.html", _("Register"), context)

They are for who may use the admin, are never cached, and their names live in the site's namespace
("admin:register"). An app's admin package imports the modules of its pages. What belongs to one
model's list is declared by its ModelAdmin (`SchoolModelAdmin.own_pages`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from core import offices
from core.http import PersonRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
POST = ("POST",)

_declared: list[
    Callable[[AdminSite], Sequence[URLPattern]]
] = []  # functions that return URL patterns for a site
PAGE_ROLES: dict[str, tuple[str, ...]] = {}  # name of a page -> whose it is


def page(
    route: str,
    name: str,
    methods: Sequence[str] = READ,
    *,
    roles: Sequence[str] = offices.STAFF,
    admins_only: bool = False,
) -> Callable[[View], View]:
    """Make the decorated view, called as `view(request, **kwargs)`, a page of the admin.

    It is for people of these `roles` (a group of core.offices).
    """
    only = ("admin",) if admins_only else tuple(roles)

    def decorate(view: View) -> View:
        PAGE_ROLES[name] = only
        answer = _for_roles(only, require_http_methods(methods)(view))
        _declared.append(lambda site: [path(route, site.admin_view(answer), name=name)])
        return view

    return decorate


def list_page(
    route: str,
    name: str,
    methods: Sequence[str] = READ,
    *,
    of: Callable[[Any], bool] = lambda modeladmin: True,
) -> Callable[[View], View]:
    """Make the decorated view a page below the list of every ModelAdmin that `of` is true for.

    It is called as `view(modeladmin, request, **kwargs)`; its name ends that of the model:
    "admin:core_user_<name>".
    """

    def decorate(view: View) -> View:
        answer = require_http_methods(methods)
        _declared.append(
            lambda site: [
                path(
                    f"{modeladmin.opts.app_label}/{modeladmin.opts.model_name}/{route}",
                    site.admin_view(answer(partial(view, modeladmin))),
                    name=f"{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_{name}",
                )
                for modeladmin in site._registry.values()
                if of(modeladmin)
            ]
        )
        return view

    return decorate


def of_modeladmin(modeladmin: Any) -> list[URLPattern]:
    """Return the URL patterns of a ModelAdmin's `own_pages`: (route below its list, name, methods).

    A page is answered by the method `<name>_view`, and is called "admin:core_user_<name>".
    """
    return [
        path(
            route,
            modeladmin.admin_site.admin_view(
                require_http_methods(methods)(getattr(modeladmin, f"{name}_view"))
            ),
            name=f"{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_{name}",
        )
        for route, name, methods in modeladmin.own_pages
    ]


def add(*patterns: URLPattern) -> None:
    """Add URL patterns that are not for the admin's users alone: links, and addresses of before."""
    _declared.append(lambda site: patterns)


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the URL patterns of all these pages, for `site.get_urls()`."""
    return [pattern for patterns in _declared for pattern in patterns(site)]


def show(
    request: HttpRequest,
    template: str,
    title: str | StrPromise,
    context: dict[str, Any] | None = None,
    status: int = 200,
    *,
    site: AdminSite | None = None,
) -> HttpResponse:
    """Answer with a page in the frame of an admin, the school's if no other `site` is given."""
    site = site or admin.site
    request.current_app = site.name
    context = {**site.each_context(request), "title": title, **(context or {})}
    return render(request, template, context, status=status)


def _for_roles(
    roles: Sequence[str], view: Callable[..., HttpResponseBase]
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: PersonRequest, **kwargs: Any) -> HttpResponseBase:
        if request.user.role not in roles:
            raise PermissionDenied
        return view(request, **kwargs)

    return guarded
