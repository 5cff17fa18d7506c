"""Finding a student by what was typed (school.admin.students)."""

import re

import pytest
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from school.admin import students

URL = reverse("admin:students")


@pytest.fixture
def many(cast):
    """Give school A 60 more students, and one without an address."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        for number in range(60):
            User.objects.create_user(
                f"ada{number:02}@a.example", name=f"Ada Number{number:02}", role="student"
            )
        User.objects.create_user("x@no-email.invalid", name="Zoe O'Neil & Son", role="student")
    return cast.a


def names_of(client, **query):
    page = client.get(URL, query)
    assert page.status_code == 200
    return re.findall(r'class="prof__link"[^>]*>([^<]+)<', page.content.decode()), page


def test_all_matches_are_there_page_by_page(many, client, sign_in):
    sign_in(client, many, many.admin)
    first, page = names_of(client, q="Ada")
    second, _page = names_of(client, q="Ada", page=2)
    assert first + second == [f"Ada Number{number:02}" for number in range(60)]
    assert len(first) == students.PAGE
    content = page.content.decode()
    assert "Page 1 of 2" in content
    assert 'href="?q=Ada&amp;page=2"' in content or 'href="?q=Ada&page=2"' in content


@pytest.mark.parametrize("page", ["0", "99", "x"])
def test_a_page_that_is_none_is_the_nearest(many, client, sign_in, page):
    sign_in(client, many, many.admin)
    names, _page = names_of(client, q="Ada", page=page)
    assert names[0] == ("Ada Number50" if page in ("0", "99") else "Ada Number00")


def test_a_single_match_leads_to_the_profile(many, client, sign_in):
    sign_in(client, many, many.admin)
    with tenant_context(many.tenant, many.admin):
        student = User.objects.get(name="Ada Number07")
    answer = client.get(URL, {"q": "Number07"})
    assert answer.url == reverse("admin:student_profile", args=[student.pk])


def test_names_are_escaped_and_placeholders_hidden(many, client, sign_in):
    sign_in(client, many, many.admin)
    names, page = names_of(client, page=2)
    assert "Zoe O&#39;Neil &amp; Son" in names
    assert "no-email.invalid" not in page.content.decode()


@pytest.mark.parametrize("times", [1, 2])
def test_the_number_of_queries_does_not_grow(
    many, client, sign_in, times, django_assert_num_queries
):
    sign_in(client, many, many.admin)
    # Host, session, person and context; savepoint and its release; news of files; count and rows.
    with django_assert_num_queries(9):
        names_of(client, page=times)


def test_a_teacher_finds_own_students_and_other_schools_nobody(many, cast, client, sign_in):
    sign_in(client, many, many.teacher)
    names, _page = names_of(client)
    assert names == [many.student.name]
    sign_in(client, cast.b, cast.b.admin)
    names, page = names_of(client, q="Ada Number")
    assert names == []
    assert "No student is called “Ada Number”." in page.content.decode()
