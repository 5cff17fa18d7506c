"""Every page of every role: a hostile name stays a text, a form has its token, and another
school's id is nobody's.

The pages are found by walking (tests.core.junk), so that a new page is looked at without being
named here.
"""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.conf import settings

from academics.models import (
    Assignment,
    Attendance,
    Grade,
    GradingScale,
    SchoolClass,
    Submission,
    Term,
)
from core.models import Guardian, User
from core.rls import tenant_context
from reporting.models import ReportSchedule, SavedFilter
from tests.core.admin.rows import own_row
from tests.core.junk import UNKNOWN, Page, uuids_of
from tests.core.test_junk import fill_for, walker

pytestmark = pytest.mark.django_db
ROLES = ["admin", "teacher", "student", "guardian"]
# Ends a script, makes an element, leaves an attribute in either kind of quotes.
HOSTILE = "</script><s odd>x</s>\" odd=1 ' odd=1"
NAMED = [User, Guardian, SchoolClass, Term, GradingScale, SavedFilter, ReportSchedule]

STAFF = [
    "/admin/register/{session_id}/",
    "/admin/gradebook/{class_id}/",
    "/admin/gradebook/{class_id}/{assignment_id}/",
    "/admin/assignments/{assignment_id}/submissions/",
    "/admin/grading/{submission_id}/",
    "/admin/enrollment-desk/{class_id}/",
    "/admin/reports/class_fill_v1/chart/",
    "/admin/reports/user_roster_v1/",
    "/admin/students/{student_id}/",
    "/admin/core/user/{student_id}/change/",
]
OWN = ["classes/", "classes/{class_id}/", "assignments/", "grades/", "attendance/", "timetable/"]
# Pages that show a name other than that of the person who looks, among others.
DRAWN = {
    "admin": [*STAFF, "/admin/terms/{term_id}/rollover/", "/admin/finance/invoice/"],
    "teacher": STAFF,
    "student": [f"/my/{page}" for page in OWN],
    "guardian": [f"/children/{{student_id}}/{page}" for page in OWN],
}


class Odd(HTMLParser):
    """Finds what a hostile name has become an element or an attribute of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if "odd" in dict(attrs):
            self.tags.append(self.get_starttag_text())
        self.texts += [value for _name, value in attrs if value]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def is_drawn(self):
        return any(HOSTILE in text for text in self.texts)


def rename_everything(school, *, but):
    """Give everything that has a name a hostile one, but the person who looks."""
    with tenant_context(school.tenant, school.admin):
        for model in NAMED:
            model._base_manager.exclude(pk=but.pk).update(name=HOSTILE)
        Assignment.objects.update(title=HOSTILE, description=HOSTILE)
        Attendance.objects.update(notes=HOSTILE)
        Grade.objects.update(feedback=HOSTILE)
        Submission.objects.update(content={"text": HOSTILE})


def pages(walk):
    """Yield (URL, text) of every page that the person is shown."""
    for url, _twisted in walk.urls():
        if walk.is_barred(url):
            continue
        response = walk.send("get", url)
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/html") and not response.streaming:
            yield url, response.content.decode()


@pytest.mark.apart
@pytest.mark.scale
@pytest.mark.parametrize("role", ROLES)
def test_a_name_is_never_markup_and_a_form_has_its_token(client, cast, sign_in, role):
    rename_everything(cast.a, but=getattr(cast.a, role))
    walk = walker(client, cast, sign_in, role)
    odd, without_token, drawn, pieces = {}, [], [], []
    for url, text in pages(walk):
        if text and "<!doctype html>" not in text[:200].lower():
            pieces.append(url)
        seen = Odd(text)
        if seen.tags:
            odd[url] = seen.tags
        if seen.is_drawn:
            drawn.append(url)
        without_token += [
            (url, form.action)
            for form in Page(url, text).forms
            if form.method == "post" and "csrfmiddlewaretoken" not in form.values
        ]
    assert odd == {}
    assert without_token == []
    assert walk.problems == []
    assert pieces == [], "pieces of a page without a page around them"
    # Or nothing would have been proven.
    named = [page.format(**uuids_of(cast.a)) for page in DRAWN[role]]
    assert [page for page in named if page not in drawn] == []


def test_every_form_of_the_templates_has_its_token():
    """Also those of pages that only a form leads to."""
    for kind, token in (("html", "{% csrf_token %}"), ("jinja", "{{ csrf_input }}")):
        forms = {
            (file.name, form)
            for file in (settings.BASE_DIR / "templates").rglob(f"*.{kind}")
            for form in re.findall(r'<form method="post".*?</form>', file.read_text(), re.DOTALL)
        }
        assert forms != set()
        assert {entry for entry in forms if token not in entry[1]} == set()


def ids(school, other):
    """Return a function that fills in a path's parameters, three times for each of them.

    With the school's own rows, with another school's id in one place, with nobody's id there.
    """

    def rows(address):
        return fill_for(
            uuids_of(address), lambda label: own_row(address, apps.get_model(label), address.admin)
        )

    own, strange = rows(school), rows(other)

    def fill(name, parameters):
        for mine, theirs in zip(own(name, parameters), strange(name, parameters), strict=True):
            for parameter in parameters:
                if parameter != "token" and mine[parameter] != theirs[parameter]:
                    unknown = 10**9 if isinstance(theirs[parameter], int) else UNKNOWN
                    yield mine
                    yield mine | {parameter: theirs[parameter]}
                    yield mine | {parameter: unknown}

    return fill


@pytest.mark.apart
@pytest.mark.scale
@pytest.mark.parametrize("role", ROLES)
def test_another_schools_id_is_nobodys(client, cast, sign_in, role):
    walk = walker(client, cast, sign_in, role)
    walk.ids = ids(cast.a, cast.b)
    urls = iter([url for url, _twisted in walk.urls()])
    answers, shown = [], []
    for own, theirs, nobodys in zip(urls, urls, urls, strict=True):
        if walk.is_barred(own):
            continue
        for method in ("get", "post"):
            status = walk.send(method, theirs).status_code
            if status != walk.send(method, nobodys).status_code:
                answers.append((method, theirs, status))
        if walk.send("get", own).status_code == 200:
            shown.append((own, walk.send("get", theirs).status_code))
    assert answers == []
    assert shown != []
    assert [answer for answer in shown if answer[1] != 404] == []
    assert walk.problems == []
