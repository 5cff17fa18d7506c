"""The frame of the admin's pages is kept for a role and a language, and says no more than that."""

import re

import pytest
from django.test import RequestFactory
from django.utils import translation
from unfold.sites import UnfoldAdminSite

from core.rls import tenant_context

PAGES = ["/admin/", "/admin/core/user/", "/admin/timetable/", "/admin/finance/invoice/add/"]


def asked(school, person, path="/admin/"):
    request = RequestFactory().get(path, HTTP_HOST=school.host)
    request.tenant, request.user = school.tenant, person
    person.tenant = school.tenant
    return request


@pytest.fixture
def site():
    from django.contrib import admin

    return admin.site._wrapped if hasattr(admin.site, "_wrapped") else admin.site


def people(cast):
    return [
        (cast.a, cast.a.admin),
        (cast.a, cast.a.teacher),
        (cast.b, cast.b.admin),
        (cast.b, cast.b.teacher),
    ]


def test_what_is_kept_is_what_unfold_says_to_each(site, cast):
    for school, person in people(cast):
        request = asked(school, person)
        with tenant_context(school.tenant, person):
            ours = site.each_context(request)
            unfolds = UnfoldAdminSite.each_context(site, request)
        same = unfolds.keys() - {"sidebar_navigation", "available_apps", "log_entries"}
        assert {name: ours[name] for name in same} == {name: unfolds[name] for name in same}
        assert ours["site_header"] == school.tenant.name


def test_a_menu_is_that_of_the_role(site, cast):
    menus = {}
    for school, person in people(cast):
        with tenant_context(school.tenant, person):
            menus[person.pk] = site.menu(asked(school, person))
    assert menus[cast.a.admin.pk] is menus[cast.b.admin.pk]
    assert menus[cast.a.teacher.pk] is menus[cast.b.teacher.pk]
    assert "/admin/finance/invoice/" in menus[cast.a.admin.pk]
    assert "/admin/finance/invoice/" not in menus[cast.a.teacher.pk]


@pytest.mark.parametrize("path", PAGES)
def test_a_menu_marks_the_page_that_is_asked_for(site, cast, path):
    with tenant_context(cast.a.tenant, cast.a.admin):
        menu = site.menu(asked(cast.a, cast.a.admin, path))
    links = re.findall(r"<a\s[^>]*>", menu)
    marked = [re.search(r'href="([^"]+)"', link)[1] for link in links if "aria-current" in link]
    assert marked == [path.removesuffix("add/")]


def test_a_menu_speaks_the_readers_language(site, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        english = site.menu(asked(cast.a, cast.a.admin))
        with translation.override("de"):
            german = site.menu(asked(cast.a, cast.a.admin))
    assert english is not german
