"""Our table of a list says in each cell what Unfold's own would."""

import re
from html import unescape

import pytest
from django.apps import apps
from django.contrib import admin
from django.template.loader import render_to_string
from unfold.templatetags import unfold_list

from core.admin.results import Table, badge, yes_no
from core.rls import tenant_context
from tests.core.admin.rows import MONEY

TAGS = re.compile(r"<[^>]+>")
CELLS = re.compile(r"<(td|th)([^>]*)>(.*?)</\1>", re.DOTALL)
LISTS = sorted(
    model._meta.label for model in admin.site._registry if model._meta.app_label != "procrastinate"
)


def address(label):
    app, model = label.lower().split(".")
    return f"/admin/{app}/{model}/"


def cells(html):
    """Return (is a heading, label, words, links) of each cell."""
    return [
        (
            tag == "th",
            unescape(re.search(r'data-label="([^"]*)"', attributes)[1]),
            " ".join(unescape(TAGS.sub(" ", inside)).split()),
            re.findall(r'href="([^"]+)"', inside),
        )
        for tag, attributes, inside in CELLS.findall(html)
    ]


def on_one_line(html):
    return re.sub(r"\s*\n\s*", "", html)


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.mark.parametrize("label", LISTS)
def test_rows_say_what_unfolds_do(office, cast, label):
    if (make := MONEY.get(apps.get_model(label))) is not None:
        with tenant_context(cast.a.tenant, cast.a.admin):
            make(cast.a)
    changelist = office.get(address(label), {"q": ""}).context["cl"]
    headers = list(unfold_list.result_headers(changelist))
    ours = [cells(row) for row in Table(changelist, headers)]
    theirs = [cells("".join(row)) for row in unfold_list.results(changelist)]
    assert ours == theirs
    assert bool(ours) == (label != "admin.LogEntry")  # nobody has done anything yet


def test_a_popup_names_what_is_chosen(office, cast):
    page = office.get("/admin/core/user/", {"_popup": "1", "q": cast.a.student.name})
    key, name = cast.a.student.pk, cast.a.student.name
    assert f' data-popup-opener="{key}">{name}</a></th>'.encode() in page.content


def test_filters_of_the_list_stay_with_its_links(office, cast):
    page = office.get("/admin/core/user/", {"role__exact": "student"})
    link = f"/admin/core/user/{cast.a.student.pk}/change/?_changelist_filters=role__exact%3Dstudent"
    assert f'<a href="{link}">{cast.a.student.name}</a>'.encode() in page.content


def test_what_people_typed_is_escaped(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.student.name = "<script>alert('&')</script>"
        cast.a.student.save()
    page = office.get("/admin/core/user/", {"role__exact": "student"})
    assert b"<script>alert(" not in page.content
    assert b"&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</a>" in page.content


@pytest.mark.parametrize(
    ("value", "kind", "icon"),
    [
        (True, " badge--success", "check_small"),
        (False, " badge--danger", "close_small"),
        (None, "", "question_mark"),
    ],
)
def test_truth_is_the_sign_of_unfolds_template(value, kind, icon):
    drawn = render_to_string("unfold/helpers/boolean.html", {"value": value})
    assert yes_no(value) == on_one_line(drawn)
    assert yes_no(value).startswith(f'<span class="badge badge--yes-no{kind}" title="')
    assert yes_no(value).endswith(f">{icon}</span></span>")


@pytest.mark.parametrize("kind", ["", "info", "danger"])
def test_a_badge_is_that_of_unfolds_template(kind):
    drawn = render_to_string("unfold/helpers/label.html", {"text": "A & B", "type": kind})
    assert badge("A & B", kind) == on_one_line(drawn)
