"""No input gives a 500: junk in every path, parameter and field, by every role.

The pages, forms and parameters are found by walking (tests.core.junk), so that a new page is
tried without being named here.
"""

import logging
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from academics.models import SchoolClass
from core.models import Conversation, User
from core.permissions import POLICY_TABLE
from core.rls import tenant_context
from reporting.catalog import REPORTS
from tests.core.admin.rows import own_row
from tests.core.junk import JUNK, REPR, Walker, uuids_of

pytestmark = pytest.mark.django_db
STAFF = ("admin", "teacher")


@pytest.fixture(autouse=True)
def _quiet():
    """Most answers are refusals, and each would be logged."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def fill_for(known, row_of):
    """Return a function that fills in the parameters of a path, in one or several ways.

    `row_of(label)` is the row whose page is asked for.
    """

    def fill(name, parameters):
        if "report_id" in parameters:
            return [{"report_id": report.id} for report in REPORTS]
        values = dict(known)
        labels = [
            parameter
            for parameter in POLICY_TABLE
            if name.startswith(parameter.replace(".", "_") + "_")
        ]
        values["object_id"] = row_of(max(labels, key=len)).pk if labels else "x"
        return [
            {parameter: values[parameter] for parameter in parameters}
        ]  # KeyError: a parameter to add

    return fill


def walker(client, cast, sign_in, role, **options):
    school = cast.a
    client.cookies.clear()
    client.defaults["HTTP_HOST"] = school.host
    user = school.admin if role == "nobody" else getattr(school, role)
    if role != "nobody":
        sign_in(client, school, user)
    owner = user if user.is_staff else school.admin
    fill = fill_for(uuids_of(school), lambda label: own_row(school, apps.get_model(label), owner))
    return Walker(client, "school.urls", fill, may_administer=role in STAFF, **options)


@pytest.mark.apart
@pytest.mark.scale
@pytest.mark.parametrize("role", ["admin", "teacher", "student", "guardian", "nobody"])
def test_junk_is_answered(client, cast, sign_in, role):
    walk = walker(client, cast, sign_in, role, is_thorough=role == "admin")
    walk.explore()
    walk.parameters()
    walk.searches()
    walk.post_junk()
    assert walk.problems == []
    assert walk.forms


@pytest.mark.apart
@pytest.mark.scale
def test_junk_of_an_operator_is_answered(client, cast, sign_in):
    platform = SimpleNamespace(tenant=cast.platform, host="platform.localhost")
    sign_in(client, platform, cast.operator)

    def row_of(label):
        with tenant_context(cast.platform, cast.operator):
            return apps.get_model(label)._base_manager.first() or SimpleNamespace(pk="x")

    fill = fill_for(uuids_of(cast.a), row_of)
    walk = Walker(client, "school.urls_platform", fill, may_administer=True, is_thorough=True)
    walk.explore()
    walk.parameters()
    walk.searches()
    walk.post_junk()
    assert walk.problems == []
    assert walk.forms


@pytest.mark.apart
@pytest.mark.scale
def test_whatever_a_form_accepted_can_be_shown(client, cast, sign_in):
    for role in ("admin", "guardian", "student", "teacher"):
        walk = walker(client, cast, sign_in, role)
        walk.accept_junk()
        assert walk.problems == [], role
        assert walk.accepted, role
    for role in ("admin", "teacher", "student", "guardian"):
        walk = walker(client, cast, sign_in, role)
        walk.look()
        assert walk.problems == [], role


def test_what_a_form_accepts_is_there_for_its_next_field(client, cast, sign_in):
    """Junk in one field is saved beside the junk in those before it."""
    walk = walker(client, cast, sign_in, "admin")
    page = reverse("admin:academics_schoolclass_change", args=[cast.a.school_class.pk])
    walk.look = lambda at: walk.keep(page, walk.send("get", page))
    walk.accept_junk()
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = SchoolClass.objects.values().get(pk=cast.a.school_class.pk)
    junk = {name for name, value in row.items() if isinstance(value, str) and value in JUNK}
    assert junk == {"name", "sort_name", "level", "description", "schedule_description"}
    assert walk.problems == []


@pytest.mark.parametrize(
    ("shown", "is_repr"),
    [
        ("&lt;django.db.models.expressions.DatabaseDefault object at 0x7f2c&gt;", True),
        ("&lt;QuerySet [&lt;Grade: A&gt;]&gt;", True),
        ("Grade object (7d3cbbd4-49f1)", True),
        ("The object (a chair) is &lt;b&gt;red&lt;/b&gt;", False),
    ],
)
def test_an_objects_repr_is_noticed(shown, is_repr):
    assert bool(REPR.search(shown)) is is_repr


# The classes of defects that walking found -------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (User, "metadata", ["x"]),
        (User, "preferences", "x"),
        (Conversation, "messages", {"x": 1}),
    ],
)
def test_the_database_refuses_another_shape(cast, model, column, value):
    admin = tenant_context(cast.a.tenant, cast.a.admin)
    with admin, pytest.raises(DatabaseError) as error, transaction.atomic():
        model.objects.update(**{column: value})
    assert error.value.__cause__.diag.constraint_name == f"check_{column}"
    assert connection.is_usable()


@pytest.mark.parametrize("value", ["x", "a\x00b", "7", '["x"]'])
def test_a_searching_field_says_what_is_no_choice(client, cast, sign_in, value):
    sign_in(client, cast.a, cast.a.admin)
    url = reverse("admin:academics_enrollment_add")
    answer = client.post(url, {"student": value, "school_class": cast.a.school_class.pk})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors["student"]) != []


@pytest.mark.parametrize("value", ["x", "a\x00b", ""])
def test_an_action_on_what_is_no_row_says_so(client, cast, sign_in, value):
    sign_in(client, cast.a, cast.a.admin)
    data = {"action": "delete_selected", "_selected_action": value}
    answer = client.post(reverse("admin:core_user_changelist"), data, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "These rows are not in the list."
    ]


@pytest.mark.parametrize("page", ["to-gradebook", "to-report-cards", "history", "change"])
def test_a_page_of_what_is_no_id_is_missing(client, cast, sign_in, page):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(f"/admin/academics/schoolclass/x/{page}/").status_code == 404
