"""The way to a page and its heading."""

import re

import pytest
from django.urls import reverse

from academics.models import GradingScale
from core.models import Tenant, User

HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
STEP = re.compile(r'<li><a href="([^"]+)">([^<]+)</a></li>')


@pytest.fixture
def office(client, cast, sign_in):
    """Return the client of an admin of school A."""
    return sign_in(client, cast.a, cast.a.admin)


def parts(client, address):
    """Return (the steps above a page [(link, text)], the texts of its first headings)."""
    page = client.get(address).content.decode()
    way = re.search(r'<nav class="school-way".*?</nav>', page, re.DOTALL)
    headings = [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in HEADING.findall(page)]
    return STEP.findall(way[0]) if way else [], headings


def address(model, page, row=None):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[row.pk] if row else [])


def test_a_record_is_headed_by_its_name(office, cast):
    people = (address(User, "changelist"), "People")
    student = cast.a.student
    assert parts(office, address(User, "change", student)) == ([people], [student.name])
    assert parts(office, address(User, "add")) == ([people], ["Add person"])


def test_above_a_page_about_a_record_stands_the_record(office, cast):
    scale = cast.a.grading_scale
    way = [
        (address(GradingScale, "changelist"), "Grading scales"),
        (address(GradingScale, "change", scale), scale.name),
    ]
    assert parts(office, address(GradingScale, "delete", scale)) == (way, ["Delete"])
    breadcrumbs, [heading] = parts(office, address(GradingScale, "history", scale))
    assert (breadcrumbs, heading) == (way, f"Change history: {scale.name}")


def test_a_list_is_headed_by_what_is_in_it(office):
    assert parts(office, address(User, "changelist")) == ([], ["People"])


def test_the_platforms_pages_have_the_style_of_the_schools(client, cast, sign_in):
    """Without it the hidden way past the sidebar takes a line at the top of every page."""
    operator = sign_in(client, platform(cast), cast.operator)
    page = operator.get(address(Tenant, "changelist")).content.decode()
    assert page.count("core/admin.css") == 1


def platform(cast):
    return type("Platform", (), {"tenant": cast.platform, "host": "platform.localhost"})
