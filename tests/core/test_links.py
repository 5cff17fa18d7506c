"""Addresses that are kept (core.links) are those of the site that is asked."""

import pytest
from django.urls import NoReverseMatch, reverse, set_script_prefix, set_urlconf

from core.links import address


@pytest.fixture(autouse=True)
def _default_site():
    yield
    set_urlconf(None)
    set_script_prefix("/")


def test_an_address_is_djangos(cast):
    for student in (cast.a.student, cast.b.student, cast.a.student):
        kept = address("admin:student_profile", student.pk)
        assert kept == reverse("admin:student_profile", args=[student.pk])
    assert address("login") == reverse("login")


def test_schools_and_the_platform_have_their_own_pages():
    set_urlconf("school.urls")
    assert address("admin:students")
    set_urlconf("school.urls_platform")
    with pytest.raises(NoReverseMatch):
        address("admin:students")


def test_an_address_stands_below_the_prefix_of_the_site():
    assert address("login") == "/login/"
    set_script_prefix("/school/")
    assert address("login") == "/school/login/"
