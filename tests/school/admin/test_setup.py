"""The set-up assistant: whose it is, what is done, what is left out, and what its pages write."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from academics.models import ClassSession, SchoolClass, Term
from core.models import Homeroom, Tenant, User, YearGroup
from core.rls import tenant_context
from core.services import school_settings, schools
from school.selectors import setting_up

pytestmark = pytest.mark.django_db
YEAR = {
    "year": "2030/31",
    "first": "1 Sep 2030",
    "last": "31 Jul 2031",
    "term": "Autumn",
    "term_first": "1 Sep 2030",
    "term_last": "20 Dec 2030",
}


@pytest.fixture
def new(client, cast, sign_in):
    """Return a school of its own with nothing but its first admin, who is signed in."""
    with tenant_context(cast.platform, cast.operator):
        tenant = schools.create(
            name="Newtown", subdomain="newtown", contact_email="office@newtown.example",
            admin_name="Ada", admin_email="ada@newtown.example", password="a long enough phrase",
        )  # fmt: skip
    with tenant_context(tenant, role="admin"):
        [admin] = User.objects.all()
    admin.tenant = tenant
    school = SimpleNamespace(tenant=tenant, admin=admin, host="newtown.localhost")
    return SimpleNamespace(school=school, client=sign_in(client, school, admin), admin=admin)


def setup_of(new):
    """Return the school's set-up as it stands."""
    with tenant_context(new.school.tenant, new.admin):
        return setting_up.of_school(Tenant.objects.get(pk=new.school.tenant.pk))


def step_page(slug):
    return reverse("admin:setup_step", args=[slug])


def post(new, slug, **data):
    return new.client.post(step_page(slug), data)


def done(new):
    return [row.step.slug for row in setup_of(new).stands if row.is_done]


@pytest.mark.parametrize("role", ["registrar", "bursar", "teacher"])
def test_it_is_the_admins(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    for page in (reverse("admin:setup"), step_page("term")):
        assert client.get(page).status_code == 403
        assert client.post(page, {"skip": "1"}).status_code == 403


def test_every_step_opens_and_leads_to_its_pages(client, cast, sign_in):
    office = sign_in(client, cast.a, cast.a.admin)
    assert office.get(step_page("none")).status_code == 404
    addresses = {url for step in setting_up.STEPS for _text, url in step.addresses()}
    pages = [reverse("admin:setup"), *map(step_page, setting_up.SLUGS), *sorted(addresses)]
    for address in pages:
        assert office.get(address, follow=True).status_code == 200, address


def test_an_empty_school_is_led_from_step_to_step(new):
    assert done(new) == []
    assert "0 of 13 steps are done" in new.client.get("/admin/").text
    answer = post(new, "school", name="New Town", address="1 Main St", phone="12 34")
    assert answer.url == step_page("calendar")
    days = {"timezone": "Europe/Berlin", "date_order": "dmy", "school_days": ["1", "2", "3"]}
    assert post(new, "calendar", **days).url == step_page("term")
    assert post(new, "term", **YEAR).url == step_page("closed_days")
    assert post(new, "closed_days", skip="1").url == step_page("years")
    assert post(new, "years", years="Year 7: 7A, 7B\n\nYear 8").url == step_page("teachers")
    assert done(new) == ["school", "calendar", "term", "years"]
    with tenant_context(new.school.tenant, new.admin):
        tenant = Tenant.objects.get(pk=new.school.tenant.pk)
        assert (tenant.name, tenant.settings["phone"]) == ("New Town", "12 34")
        assert tenant.settings["setup"]["skipped"] == ["closed_days"]
        assert [(row.name, row.position) for row in YearGroup.objects.all()] == [
            ("Year 7", 1), ("Year 8", 2),
        ]  # fmt: skip
        assert [str(room.year_group) for room in Homeroom.objects.all()] == ["Year 7", "Year 7"]
        assert Term.objects.get().academic_year.name == "2030/31"
    assert "4 of 13 steps are done" in new.client.get("/admin/").text
    # What it makes, it makes once: a form that is sent twice makes nothing.
    assert post(new, "term", **YEAR | {"year": "2031/32"}).context["form"] is None


@pytest.mark.parametrize(
    ("slug", "data", "field"),
    [
        ("school", {"name": "", "address": "x"}, "name"),
        ("term", YEAR | {"last": "1 Jan 2030"}, "last"),
        ("term", YEAR | {"term_last": "1 Aug 2031"}, "term_last"),
        ("years", {"years": "Year 7\nyear 7"}, "years"),
        ("years", {"years": ": 7A"}, "years"),
        ("years", {"years": "Year 7: 7A, 7a"}, "__all__"),  # the database's own refusal
    ],
)
def test_what_cannot_be_is_said_at_its_field(new, slug, data, field):
    answer = post(new, slug, **data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert done(new) == []


def test_it_is_shown_until_it_is_finished_and_can_be_shown_again(new):
    overview = reverse("admin:setup")
    assert new.client.post(overview, {"close": "1"}).url == reverse("admin:index")
    assert "steps are done" not in new.client.get("/admin/").text
    assert "Show it on the first page again" in new.client.get(overview).text
    assert new.client.post(overview, {"open": "1"}).url == overview
    assert "steps are done" in new.client.get("/admin/").text
    # What a school needs is all done or left out: nobody asks any more.
    for step in setting_up.STEPS:
        if not step.is_optional:
            post(new, step.slug, skip="1")
    assert setup_of(new).is_over
    assert "steps are done" not in new.client.get("/admin/").text


def test_what_is_done_follows_from_the_data(cast, django_assert_num_queries):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert setting_up.of_school(cast.a.tenant).of("term").is_done
        with django_assert_num_queries(1):
            setup = setting_up.of_school(cast.a.tenant)
        assert setup.of("sessions").is_done == ClassSession.objects.exists()
        school_settings.save(cast.a.tenant, {"setup": {"skipped": ["fees"], "closed": "no"}})
        kept = setting_up.of_school(cast.a.tenant)
        assert (kept.of("fees").is_skipped, kept.is_closed) == (True, False)


def test_example_data_is_for_an_empty_school(new):
    page = reverse("admin:setup_example")
    assert page in new.client.get(reverse("admin:setup")).text
    assert "This is for trying only" in new.client.get(page).text
    assert new.client.post(page).url == reverse("admin:setup")
    assert {"term", "years", "teachers", "students", "classes", "enrollments", "sessions"} <= {
        *done(new)
    }
    with tenant_context(new.school.tenant, new.admin):
        people = User.objects.exclude(role="admin")
        assert people.count() == 12
        assert all(person.name.endswith(" (example)") for person in people)
        assert all(person.has_placeholder_email for person in people)
        today = new.school.tenant.today()
        assert Term.objects.get().start_date <= today <= Term.objects.get().end_date
        assert SchoolClass.objects.current(today).count() == 2
        sessions = ClassSession.objects.count()
    assert "data of its own already" in new.client.get(page).text
    new.client.post(page)
    with tenant_context(new.school.tenant, new.admin):
        assert (people.count(), ClassSession.objects.count()) == (12, sessions)
    for address in ("/admin/", reverse("admin:attendance_day"), reverse("admin:gradebooks")):
        assert new.client.get(address).status_code == 200


@pytest.mark.parametrize("role", ["registrar", "teacher"])
def test_nobody_but_an_admin_fills_in_example_data(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.post(reverse("admin:setup_example")).status_code == 403
