"""What a page weighs: bytes of HTML, scripts, styles and fonts, and its nodes, page by page.

On the example school, whose lists fill their pages. A budget that is not kept says by how much; one
that is raised should have a reason.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from academics.models import ClassSession, SchoolClass
from core.models import Tenant, User
from core.rls import tenant_context
from finance.models import Invoice
from school import fonts
from tests import prepared
from tests.databases import connected

DATABASE = "test_weight"
KINDS = ("html", "scripts", "styles", "fonts", "nodes")
# (The search of the header is 1 kB of HTML and 5 kB of script on every page.)
LIST = (132, 490, 394, 60, 1600)
FORM = (100, 620, 405, 60, 800)
OWN_PAGE = (40, 25, 24, 50, 800)
# (who asks, page): at most so many kB (1,000 bytes) of each kind, and so many nodes.
BUDGETS = {
    ("admin", "/login/"): (10, 5, 20, 50, 80),
    ("admin", "/admin/"): (60, 170, 377, 60, 720),  # a Monday has more lessons than a Sunday
    ("admin", "/admin/core/user/"): LIST,
    ("admin", "/admin/core/auditlog/"): LIST,
    ("admin", "/admin/academics/schoolclass/"): LIST,
    ("admin", "/admin/academics/enrollment/"): LIST,
    ("admin", "/admin/academics/classsession/"): LIST,
    ("admin", "/admin/academics/attendance/"): LIST,
    ("admin", "/admin/academics/assignment/"): LIST,
    ("admin", "/admin/academics/submission/"): LIST,
    ("admin", "/admin/academics/grade/"): LIST,
    ("admin", "/admin/finance/invoice/"): LIST,
    ("admin", "/admin/finance/payment/"): LIST,
    ("admin", "/admin/core/user/add/"): FORM,
    ("admin", "/admin/finance/invoice/add/"): FORM,
    ("admin", "/admin/reports/"): (60, 170, 377, 60, 600),
    ("admin", "/admin/reports/class_fill_v1/"): (110, 345, 377, 60, 1600),
    ("admin", "/admin/timetable/"): (80, 440, 400, 60, 1200),
    ("teacher", "register"): (120, 180, 377, 60, 1600),
    ("teacher", "gradebook"): (400, 190, 377, 60, 3500),
    ("student", "/my/"): OWN_PAGE,
    ("student", "/my/timetable/"): OWN_PAGE,
    ("student", "/my/grades/"): OWN_PAGE,
    ("student", "invoice"): OWN_PAGE,
}


class Page(HTMLParser):
    """The nodes of a page, the files that it has a browser fetch, and its icons."""

    def __init__(self, html):
        super().__init__()
        self.html, self.nodes, self.files, self.icons, self.inside = html, 0, [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.nodes += 1
        self.inside = "material-symbols-outlined" in (attrs.get("class") or "")
        if tag == "script" and attrs.get("src"):
            self.files.append(("scripts", attrs["src"]))
        if tag == "link" and attrs.get("rel") == "modulepreload":
            self.files.append(("scripts", attrs["href"]))
        if tag == "link" and attrs.get("rel") == "stylesheet":
            self.files.append(("styles", attrs["href"]))
        if tag == "link" and attrs.get("as") == "font":
            self.files.append(("fonts", attrs["href"]))

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside and data.strip():
            self.icons.append(data.strip())


class School:
    """The example school over a client for each of its people."""

    def __init__(self, sign_in):
        self.tenant = Tenant.objects.using("owner").get(subdomain="demo")
        self.host = "demo.localhost"
        with tenant_context(self.tenant, role="admin", using="owner"):
            people = User.objects.using("owner").filter(
                email__in=[f"{role}@demo.example" for role in ("admin", "teacher", "student")]
            )
            self.people = {person.role: person for person in people}
            teacher, student = self.people["teacher"], self.people["student"]
            taught = SchoolClass.objects.using("owner").filter(teacher=teacher).first()
            session = ClassSession.objects.using("owner").filter(school_class=taught).first()
            invoice = (
                Invoice.objects.using("owner").filter(student=student).exclude(status="draft")
            ).first()
        self.pages = {
            "register": reverse("admin:register", args=[session.pk]),
            "gradebook": reverse("admin:gradebook", args=[taught.pk]),
            "invoice": f"/my/invoices/{invoice.pk}/",
        }
        self.clients = {
            role: sign_in(Client(), self, person) for role, person in self.people.items()
        }

    def page(self, role, name):
        path = self.pages.get(name, name)
        client = self.clients[role] if name != "/login/" else Client(headers={"host": self.host})
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return Page(response.content.decode())

    def size(self, address):
        """Return the bytes of what a page has fetched."""
        if address.startswith("/static/"):
            return Path(finders.find(address.removeprefix("/static/"))).stat().st_size
        return len(self.clients["admin"].get(address).content)


@pytest.fixture
def demo(seeded, django_db_setup, django_db_blocker, sign_in):
    with (
        prepared.new_database(seeded, DATABASE, prepared.SEEDED_DATABASE),
        connected(seeded, DATABASE, django_db_blocker),
    ):
        yield School(sign_in)


def weigh(school, page):
    """Return what a page weighs, in the order of KINDS, kB (1,000 bytes) rounded up."""
    weight = dict.fromkeys(KINDS, 0) | {"html": len(page.html.encode())}
    for kind, address in dict.fromkeys(page.files):
        weight[kind] += school.size(address)
    return (*(-(-weight[kind] // 1000) for kind in KINDS[:-1]), page.nodes)


def test_pages_keep_their_budget_and_have_their_icons(demo):
    known = set(fonts.ICONS.read_text().split())
    problems = []
    for (role, name), budget in BUDGETS.items():
        page = demo.page(role, name)
        weight = weigh(demo, page)
        problems += [
            f"{role} {name}: {kind} {value}, at most {limit}"
            for kind, value, limit in zip(KINDS, weight, budget, strict=True)
            if value > limit
        ]
        problems += [f"{role} {name}: no icon {i}" for i in page.icons if i not in known]
    assert problems == []


def test_a_page_has_the_scripts_of_what_is_on_it(demo):
    def scripts(name):
        return [address.rpartition("/")[2] for _kind, address in demo.page("admin", name).files]

    assert {"chart.js", "alpine.sort.js", "xregexp.min.js", "urlify.js"}.isdisjoint(
        scripts("/admin/") + scripts("/admin/core/user/") + scripts("/admin/core/user/add/")
    )
    assert "alpine.anchor.js" not in scripts("/admin/")
    assert "alpine.anchor.js" in scripts("/admin/academics/enrollment/add/")
    assert "calendar.js" in scripts("/admin/academics/assignment/add/")


def test_dates_in_a_list_build_no_calendars(demo):
    html = demo.page("admin", "/admin/academics/assignment/").html
    assert html.count('class="in-list"') == 2 * 50  # a date and a status in each row
    assert "vDateField" not in re.findall(r"<table.*</table>", html, re.DOTALL)[0]


def test_every_icon_is_in_the_font():
    font, glyphs = fonts.icon_font()
    missing = set(fonts.used_icons(glyphs)) - set(fonts.ICONS.read_text().split())
    assert missing == set(), "run python -m school.fonts"


def test_the_font_has_the_icons_of_its_list_and_no_others():
    from fontTools.ttLib import TTFont

    kept = fonts.ligatures(TTFont(fonts.FONTS / "icons.woff2"))
    # Several names may be of one icon.
    assert {kept[name] for name in fonts.ICONS.read_text().split()} == set(kept.values())


def test_no_letter_that_inter_has_in_names_is_left_out():
    from fontTools.ttLib import TTFont

    regular = TTFont(fonts.SOURCE / "static/unfold/fonts/inter/Inter-Regular.woff2")
    wanted = {code for code in regular.getBestCmap() if chr(code).isalpha() and code < 0x2000}
    kept = set()
    for part in fonts.PARTS:
        kept |= set(TTFont(fonts.FONTS / f"inter-regular-{part}.woff2").getBestCmap())
    # Phonetic signs and Armenian or Thai samples are nobody's name here.
    assert sorted(chr(code) for code in wanted - kept if not 0x1D00 <= code < 0x1E00) == []


def test_the_fonts_are_those_that_are_built(tmp_path, monkeypatch):
    kept = fonts.FONTS
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    monkeypatch.setattr(fonts, "ICONS", tmp_path / "icons.txt")
    fonts.build()
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in kept.iterdir()}
    for name in ("icons.txt", "fonts.css"):
        assert (tmp_path / name).read_text() == (kept / name).read_text()
