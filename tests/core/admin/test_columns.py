"""The columns that a reader chooses for a list."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from core.admin import columns
from core.admin.base import SchoolModelAdmin
from core.models import PersonField, User
from core.rls import tenant_context
from tests.core.admin.test_lists import list_url, queries

pytestmark = pytest.mark.django_db
PEOPLE = "admin:core_user_changelist"
COLUMNS = "admin:core_user_columns"


def headings(response):
    """Return what stands above the columns of a list."""
    table = response.content.decode().split("<thead>")[1].split("</thead>")[0]
    cells = re.findall(r'<div class="text">\s*<(?:a[^>]*|span)>([^<]*)<', table)
    return [text.strip() for text in cells]


def keep(school, person, **record):
    with tenant_context(school.tenant, school.admin):
        User.objects.filter(pk=person.pk).update(metadata=record)


def test_a_list_shows_what_was_chosen_in_that_order(client, cast, sign_in):
    a = cast.a
    keep(a, a.student, **{a.office_field.key: "Bus 7"})
    sign_in(client, a, a.admin)
    names = f"{a.office_field.name},year_group,name,king,name"
    page = client.get(reverse(PEOPLE), {"_columns": names, "q": a.student.name})
    assert headings(page) == [a.office_field.label, "Year group", "Name"]
    assert "Bus 7" in page.content.decode()
    # Nothing of it is left, or nothing was chosen: as usual.
    usual = headings(client.get(reverse(PEOPLE)))
    assert headings(client.get(reverse(PEOPLE), {"_columns": "king,,"})) == usual


def test_a_column_of_the_record_sorts_numbers_as_numbers(client, cast, sign_in):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        PersonField.objects.create(role="student", key="shelf", label="Shelf", kind="number")
    keep(a, a.student, shelf=10)
    keep(a, a.other_student, shelf=9)
    sign_in(client, a, a.admin)
    asked = {"_columns": "name,record_shelf", "role__exact": "student"}
    for order, expected in (("2", ["9", "10"]), ("-2", ["10", "9"])):
        page = client.get(reverse(PEOPLE), asked | {"o": order})
        cells = re.findall(r"field-record_shelf cell[^>]*>(\d+)<", page.content.decode())
        assert cells == expected


@pytest.mark.parametrize(
    ("role", "readable"),
    [
        ("admin", {"auth_id", "office_field", "teacher_field", "person_field"}),
        ("bursar", {"teacher_field", "person_field"}),
        ("teacher", {"teacher_field", "person_field"}),
    ],
)
def test_what_a_role_may_not_read_is_no_column(client, cast, sign_in, role, readable):
    a = cast.a
    names = {"auth_id": "auth_id"} | {
        name: getattr(a, name).name for name in ("office_field", "teacher_field", "person_field")
    }
    sign_in(client, a, getattr(a, role))
    page = client.get(reverse(PEOPLE), {"_columns": f"name,{','.join(names.values())}"})
    shown = {columns.name_of(column) for column in page.context["cl"].list_display}
    expected = {names[name] for name in readable}
    assert shown - {"name", "action_checkbox"} == expected
    offered = client.get(reverse(COLUMNS)).context["columns"]
    assert {name for name, _heading, _shown in offered} & {*names.values()} == expected


def test_every_list_shows_all_that_it_offers(client, cast, sign_in, rf):
    sign_in(client, cast.a, cast.a.admin)
    lists = [m for m in admin.site._registry.values() if isinstance(m, SchoolModelAdmin)]
    for modeladmin in lists:
        if not modeladmin.more_columns:
            continue
        url = list_url(modeladmin.model)
        names = [name for name, *_rest in client.get(f"{url}columns/").context["columns"]]
        assert {*modeladmin.more_columns} <= {*names}
        page = client.get(url, {"_columns": ",".join(names)})
        shown = map(columns.name_of, page.context["cl"].list_display)
        assert [name for name in shown if name != "action_checkbox"] == names


def test_a_chosen_column_is_fetched_with_its_rows(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    url = reverse(PEOPLE)
    client.get(url)
    usual = len(queries(client, url))
    assert len(queries(client, url, {"_columns": "name,year_group,last_login"})) == usual
    # Which fields a record has is asked once.
    name = cast.a.person_field.name
    assert len(queries(client, url, {"_columns": f"name,{name},homeroom"})) == usual + 1


def test_a_field_that_is_changed_in_the_list_stays_in_it(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    page = client.get(list_url(PersonField), {"_columns": "label"})
    shown = [columns.name_of(column) for column in page.context["cl"].list_display]
    assert shown[1:] == ["label", "position"]


def test_columns_are_chosen_and_moved_without_a_script(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    url = reverse(COLUMNS)
    form = {"_order": ["name", "phone", "shown_role"], "_column": ["name", "phone"]}
    moved = client.get(url, form | {"_up": "phone"}).context["columns"]
    assert [name for name, *_rest in moved][:3] == ["phone", "name", "shown_role"]
    assert [name for name, _heading, is_shown in moved if is_shown] == ["phone", "name"]
    moved = client.get(url, form | {"_down": "phone"}).context["columns"]
    assert [name for name, *_rest in moved][:3] == ["name", "shown_role", "phone"]
    nothing = client.get(url, {"_order": ["name"], "_show": "1"})
    assert "Choose at least one column." in nothing.content.decode()


def test_the_list_keeps_its_filters_and_order_under_other_columns(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    asked = {"role__exact": "student", "q": "s", "o": "-3.1", "_column": ["shown_role", "phone"]}
    response = client.get(reverse(COLUMNS), asked | {"_show": "1", "p": "2"})
    # The third column, the role, is now the first; the name is gone.
    expected = "role__exact=student&q=s&_columns=shown_role%2Cphone&o=-1"
    assert response.url == f"../?{expected}"
    listed = client.get(f"{reverse(PEOPLE)}?{expected}")
    assert listed.context["cl"].get_ordering_field_columns() == {1: "desc"}
    # The usual columns need not be named.
    usual = [columns.name_of(c) for c in admin.site.get_model_admin(User).list_display]
    response = client.get(reverse(COLUMNS), {"_columns": "phone", "_column": usual, "_show": "1"})
    assert response.url == "../?"


def test_a_list_without_its_right_has_no_columns_either(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    assert client.get(reverse("admin:finance_invoice_columns")).status_code == 403
    assert client.get(reverse("admin:finance_invoice_views")).status_code == 403


def test_a_window_that_chooses_a_row_has_no_tools(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    assert "list-tools" in client.get(reverse(PEOPLE)).content.decode()
    assert "list-tools" not in client.get(reverse(PEOPLE), {"_popup": "1"}).content.decode()
