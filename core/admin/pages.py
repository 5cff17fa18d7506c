"""Pages of the admin that are no model's own list or form: how they are declared and answered.

    @pages.page("register/<uuid:session_id>/", "register", pages.FORM)
    def register(request, session_id):
        ...
        return pages.show(request, "app/register.html", _("Register"), context)

They are for who may use the admin, are never cached, and their names live in the site's namespace
("admin:register"). An app's admin package imports the modules of its pages. What belongs to one
model's list is declared by its ModelAdmin (`SchoolModelAdmin.own_pages`).
"""

from functools import partial, wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
POST = ("POST",)

_declared = []  # functions that return URL patterns for a site


def page(route, name, methods=READ, *, admins_only=False):
    """Make the decorated view, called as `view(request, **kwargs)`, a page of the admin."""

    def decorate(view):
        answer = require_http_methods(methods)(view)
        if admins_only:
            answer = _for_admins(answer)
        _declared.append(lambda site: [path(route, site.admin_view(answer), name=name)])
        return view

    return decorate


def list_page(route, name, methods=READ, *, of=lambda modeladmin: True):
    """Make the decorated view a page below the list of every ModelAdmin that `of` is true for.

    It is called as `view(modeladmin, request, **kwargs)`; its name ends that of the model:
    "admin:core_user_<name>".
    """

    def decorate(view):
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


def of_modeladmin(modeladmin):
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


def add(*patterns):
    """Add URL patterns that are not for the admin's users alone: links, and addresses of before."""
    _declared.append(lambda site: patterns)


def urls(site):
    """Return the URL patterns of all these pages, for `site.get_urls()`."""
    return [pattern for patterns in _declared for pattern in patterns(site)]


def show(request, template, title, context=None, status=200, *, site=None):
    """Answer with a page in the frame of an admin, the school's if no other `site` is given."""
    site = site or admin.site
    request.current_app = site.name
    context = {**site.each_context(request), "title": title, **(context or {})}
    return render(request, template, context, status=status)


def _for_admins(view):
    @wraps(view)
    def guarded(request, **kwargs):
        if not request.user.is_admin:
            raise PermissionDenied
        return view(request, **kwargs)

    return guarded
