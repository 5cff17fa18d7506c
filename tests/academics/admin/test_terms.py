"""Years and terms in the admin, lists that begin with the current term, and the roll-over page."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.admin.term_filter import TermFilter
from academics.models import AcademicYear, Attendance, SchoolClass, Term
from core.models import User
from core.rls import tenant_context

pytestmark = pytest.mark.database


@pytest.fixture
def admin(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def now(cast):
    """A term of today at school A, which its own class is in; the other one is in the cast's."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        today = cast.a.tenant.today()
        start = max(today - timedelta(days=30), date(2026, 8, 1))
        year = AcademicYear.objects.create(
            name="Now", start_date=start, end_date=today + timedelta(days=60)
        )
        term = Term.objects.create(
            academic_year=year, name="Autumn", start_date=start, end_date=today
        )
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(term=term)
        SchoolClass.objects.filter(pk=cast.a.other_class.pk).update(term=cast.a.term)
        return term


def list_of(name):
    return reverse(f"admin:academics_{name}_changelist")


def rows(client, name, **parameters):
    response = client.get(list_of(name), parameters)
    assert response.status_code == 200
    return response.context["cl"]


# --- the default ----------------------------------------------------------------------------------

LISTS = [
    ("schoolclass", "school_class"),
    ("enrollment", "enrollment"),
    ("classsession", "session"),
    ("attendance", "attendance"),
    ("assignment", "assignment"),
    ("submission", "submission"),
    ("grade", "grade"),
]


@pytest.mark.parametrize(("name", "own"), LISTS)
def test_lists_begin_with_the_current_term(admin, cast, now, name, own):
    other = "other_class" if own == "school_class" else f"other_{own}"
    mine, theirs = getattr(cast.a, own).pk, getattr(cast.a, other).pk

    def listed(**parameters):
        return {row.pk for row in rows(admin, name, **parameters).result_list}

    assert listed() == {mine}
    assert listed(term="all") == {mine, theirs}
    assert listed(term=str(cast.a.term.pk)) == {theirs}
    assert listed(term="none") == set()
    page = admin.get(list_of(name)).content.decode()
    assert "<strong>Autumn (Now)</strong>" in page
    assert "All terms" in page
    # A class without a term is never hidden by default.
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.other_class.pk).update(term=None)
    assert listed() == {mine, theirs}
    assert listed(term="none") == {theirs}


def test_no_terms_no_filter(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Term.objects.all().delete()
    sign_in(client, cast.a, cast.a.admin)
    changelist = rows(client, "enrollment")
    assert (changelist.scope(), changelist.result_count) == (None, 2)


def test_the_default_gives_way_to_a_class_or_a_date(admin, cast, now):
    other = str(cast.a.other_class.pk)
    chosen = rows(admin, "classsession", school_class__id__exact=other)
    assert (chosen.result_count, chosen.scope()["title"]) == (1, "All terms")
    dated = rows(admin, "classsession", session_date__year=2026, session_date__month=2)
    assert dated.result_count == 2


def test_a_search_stays_in_the_term_and_says_so(admin, now):
    page = admin.get(list_of("enrollment"), {"q": "other_student"}).content.decode()
    assert "Nothing found" in page
    assert "Search in all terms" in page


def test_an_empty_term_is_no_empty_school(admin, cast, now):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=cast.a.term)
    page = admin.get(list_of("enrollment")).content.decode()
    assert "Nothing in Autumn (Now)" in page
    assert "Nothing here yet" not in page


@pytest.mark.parametrize("value", ["x", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_term_leads_to_the_plain_list(admin, cast, now, value):
    response = admin.get(list_of("grade"), {"term": value})
    assert (response.status_code, response.url) == (302, f"{list_of('grade')}?e=1")


def test_another_schools_term_is_unknown(admin, cast, now):
    response = admin.get(list_of("grade"), {"term": str(cast.b.term.pk)})
    assert response.status_code == 302


def test_a_file_of_a_list_has_the_rows_that_are_seen(admin, cast, now):
    address = reverse("admin:academics_enrollment_export")
    for query, count in (("", 1), ("?term=all", 2)):
        response = admin.post(address + query, {"file_format": "csv"})
        lines = b"".join(response.streaming_content).decode().strip().splitlines()
        assert len(lines) == 1 + count


def test_a_file_says_its_term_in_words(cast, now):
    with tenant_context(cast.a.tenant, cast.a.admin):
        words = [TermFilter.describe(value) for value in ("all", "none", str(now.pk), "x")]
    assert words == ["All terms", "Without a term", "Autumn (Now)", "no longer there"]


def test_teachers_lists_too(client, cast, sign_in, now):
    sign_in(client, cast.a, cast.a.outsider)
    assert rows(client, "attendance").result_count == 0
    assert rows(client, "attendance", term="all").result_count == 1


def test_the_lists_order_is_not_given_up_for_the_filter(admin, cast, now):
    """COALESCE: else PostgreSQL joins, and sorts the whole school for one page."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        sql = str(rows(admin, "attendance").queryset.query)
        assert "COALESCE" in sql
        assert "INNER JOIN" not in sql.split("WHERE")[0]
        assert Attendance.objects.exists()


# --- years and terms ------------------------------------------------------------------------------


def test_overlapping_terms_are_refused_in_a_sentence(admin, cast):
    address = reverse("admin:academics_term_add")
    data = {
        "academic_year": str(cast.a.academic_year.pk),
        "name": "Summer",
        "start_date": "2026-06-30",
        "end_date": "2026-07-31",
    }
    page = admin.post(address, data).content.decode()
    assert "Another term already has some of these days." in page
    outside = admin.post(address, data | {"start_date": "2026-07-01", "end_date": "2026-08-31"})
    assert "The term must lie within its academic year." in outside.content.decode()
    assert admin.post(address, data | {"start_date": "2026-07-01"}).status_code == 302


def test_a_teacher_reads_terms_only(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    assert client.get(reverse("admin:academics_term_changelist")).status_code == 200
    assert client.get(reverse("admin:academics_term_add")).status_code == 403
    change = reverse("admin:academics_academicyear_change", args=[cast.a.academic_year.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "x"}).status_code == 403


def test_a_new_class_begins_with_the_current_term(admin, cast, now):
    form = admin.get(reverse("admin:academics_schoolclass_add")).context["adminform"].form
    initial = {name: form.initial[name] for name in ("term", "start_date", "end_date")}
    assert initial == {"term": now.pk, "start_date": now.start_date, "end_date": now.end_date}
    with tenant_context(cast.a.tenant, cast.a.admin):
        labels = [label for _value, label in form.fields["term"].choices][1:]
    assert labels == ["Autumn (Now)", "Spring (2025/26)"]


def test_classes_are_put_into_terms_by_their_dates(admin, cast):
    address = reverse("admin:place_classes")
    page = admin.get(address).content.decode()
    assert "Put 2 classes into their terms" in page
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert SchoolClass.objects.filter(term=None).count() == 2
    assert admin.post(address).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert set(SchoolClass.objects.values_list("term", flat=True)) == {cast.a.term.pk}
    assert "Every class belongs to a term." in admin.get(address).content.decode()


# --- the roll-over page ---------------------------------------------------------------------------


@pytest.fixture
def spring(cast):
    """The cast's term with both classes in it; the next one is still to be made."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=cast.a.term)
    return cast.a.term


def rollover_url(term):
    return reverse("admin:rollover", args=[term.pk])


NEXT = {
    "action": "make",
    "name": "Autumn",
    "start_date": "2026-09-01",
    "end_date": "2026-12-20",
    "year_name": "2026/27",
}


@pytest.mark.parametrize("days", [("9999-12-30", "9999-12-31"), ("0001-01-01", "0001-02-01")])
def test_a_term_at_the_end_of_the_calendar_is_none(admin, spring, days):
    dates = dict(zip(("start_date", "end_date"), days, strict=True))
    answer = admin.post(rollover_url(spring), NEXT | dates)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "start_date": ["The days must lie between the years 1900 and 9000."]
    }


def test_the_next_term_is_made_and_rolled_into(admin, cast, spring):
    address = rollover_url(spring)
    assert "There is no term after this one yet." in admin.get(address).content.decode()
    made = admin.post(address, NEXT)
    assert made.status_code == 302
    page = admin.get(made.url)
    assert len(page.context["rows"]) == 2
    ids = [row["id"] for row in page.context["rows"]]
    form = {
        "action": "roll",
        "target": str(page.context["target"].pk),
        "class": ids,
        "assignments": "on",
        **{f"to-{class_id}": "copy" for class_id in ids},
    }
    for copied, there in ((2, 0), (0, 2)):  # sent twice, it is done once
        done = admin.post(address, form)
        assert done.url == reverse("admin:rollover_done", args=[spring.pk])
        result = admin.get(done.url).context["result"]
        assert (result["copied"], result["already_there"]) == (copied, there)
        assert (result["enrolled"], result["enrolled_already"]) == (copied, there)
    again = admin.get(made.url).content.decode()
    assert again.count("not copied again") == 4  # slots and assignments of two classes
    assert again.count("1 is enrolled there already") == 2
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert SchoolClass.objects.filter(term=page.context["target"]).count() == 2
        year = AcademicYear.objects.get(name="2026/27")
    assert (year.start_date, year.end_date) == (date(2026, 9, 1), date(2027, 8, 31))


def test_everybody_moves_one_year_group_up_on_the_way(admin, cast, spring):
    made = admin.post(rollover_url(spring), NEXT)
    page = admin.get(made.url)
    (room,) = page.context["promotion"]["rooms"]
    assert room["to"] == str(cast.a.other_homeroom.pk)
    assert "Move all students to the next year group" in page.content.decode()
    form = {
        "action": "roll", "target": str(page.context["target"].pk), "promote": "on",
        room["name"]: room["to"], "oldest": "leave",
    }  # fmt: skip
    wrong = admin.post(rollover_url(spring), form | {room["name"]: "x"})
    assert wrong.status_code == 422
    assert "A homeroom is no longer there." in wrong.content.decode()
    done = admin.get(admin.post(rollover_url(spring), form).url)
    assert (done.context["result"]["moved"], done.context["result"]["finished"]) == (1, 1)
    assert "group=none:year" in done.content.decode()
    with tenant_context(cast.a.tenant, cast.a.admin):
        student = User.objects.select_related("homeroom").get(pk=cast.a.student.pk)
        assert student.homeroom.name == "8A"
    again = admin.get(made.url)
    assert "The students were moved to the next year groups on" in again.content.decode()
    assert admin.post(rollover_url(spring), form).status_code == 422


def test_a_term_without_classes_can_move_everybody_too(admin, cast, spring):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=None)
    page = admin.get(admin.post(rollover_url(spring), NEXT).url)
    assert page.context["rows"] == []
    form = {"action": "roll", "target": str(page.context["target"].pk), "promote": "on"}
    assert 'name="promote"' in page.content.decode()
    assert admin.post(rollover_url(spring), form).status_code == 302


def test_a_term_that_overlaps_is_refused_at_its_field(admin, spring):
    response = admin.post(rollover_url(spring), NEXT | {"start_date": "2026-06-01"})
    assert response.status_code == 422
    assert "start_date" in response.context["form"].errors
    nameless = admin.post(rollover_url(spring), NEXT | {"year_name": ""})
    assert list(nameless.context["form"].errors) == ["year_name"]


def test_what_is_wrong_stands_at_its_class(admin, cast, spring):
    target = admin.get(admin.post(rollover_url(spring), NEXT).url).context["target"]
    class_id = str(cast.a.school_class.pk)
    form = {"action": "roll", "target": str(target.pk), "class": [class_id]}
    sent = form | {f"to-{class_id}": "other", f"other-{class_id}": "Nonsense"}
    response = admin.post(rollover_url(spring), sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert "“Nonsense” is not a class of the target term." in page
    assert 'value="Nonsense"' in page
    nothing = admin.post(rollover_url(spring), {"action": "roll", "target": str(target.pk)})
    assert "Choose at least one class." in nothing.content.decode()


def test_who_may_roll_over(client, cast, sign_in, spring):
    addresses = [
        rollover_url(spring),
        reverse("admin:rollover_done", args=[spring.pk]),
        reverse("admin:place_classes"),
    ]
    for person, status in (("teacher", 403), ("student", 302)):
        sign_in(client, cast.a, getattr(cast.a, person))
        assert [client.get(address).status_code for address in addresses] == [status] * 3
        assert client.post(addresses[0], NEXT).status_code == status
    sign_in(client, cast.b, cast.b.admin)
    assert client.get(addresses[0]).status_code == 404
    assert client.post(addresses[0], NEXT).status_code == 404
    target = {"target": str(cast.a.term.pk)}
    assert client.get(rollover_url(cast.b.term), target).status_code == 404


def test_the_preview_page_costs_the_same_for_more_classes(admin, cast, spring):
    address = admin.post(rollover_url(spring), NEXT).url

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(address).status_code == 200
        return len([q for q in captured if "SAVEPOINT" not in q["sql"]])

    admin.get(address)
    few = cost()
    with tenant_context(cast.a.tenant, cast.a.admin):
        for number in range(4):
            SchoolClass.objects.create(
                name=f"More {number}", start_date=spring.start_date, term=spring
            )
    assert cost() == few
