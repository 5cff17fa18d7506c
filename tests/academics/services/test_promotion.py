"""Everybody one year group up in the roll-over into the next school year: once, all or nothing."""

from datetime import date

import pytest

from academics.models import AcademicYear, SchoolClass, Term
from academics.services import rollover
from academics.services.rollover import Promotion, RolloverRefused
from core.models import User
from core.rls import tenant_context
from tests.factories import core

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A: Year 7 with 7A and 7B, Year 8 with 8A, and the next school year."""
    with tenant_context(cast.a.tenant, cast.a.registrar):
        yield cast.a


@pytest.fixture
def autumn(school):
    year = AcademicYear.objects.create(
        name="2026/27", start_date=date(2026, 8, 1), end_date=date(2027, 7, 31)
    )
    return Term.objects.create(
        academic_year=year, name="Autumn", start_date=date(2026, 9, 1), end_date=date(2026, 12, 20)
    )


@pytest.fixture
def more(school):
    """{name: student} in a second homeroom, in none, suspended, archived and without any group."""
    second = core.homeroom(name="7B", year_group=school.year_group)
    groups = {
        "second": {"homeroom": second},
        "without": {"year_group": school.year_group},
        "suspended": {"homeroom": school.homeroom, "status": "suspended"},
        "archived": {"homeroom": school.homeroom, "status": "archived"},
        "nowhere": {},
    }
    return {
        name: core.user(role="student", name=name, email=f"{name}@a.example", **values)
        for name, values in groups.items()
    }


def go(school, target, source=None, **asked):
    return rollover.carry_out(
        source=source or school.term, target=target, choices={}, by=school.admin,
        promotion=Promotion(**asked),
    )  # fmt: skip


def groups_of(person):
    return User.objects.values_list("year_group__name", "homeroom__name").get(pk=person.pk)


def test_everybody_moves_one_up_and_the_oldest_have_no_year_group(school, autumn, more):
    result = go(school, autumn, rooms={school.homeroom.pk: school.other_homeroom.pk})
    assert groups_of(school.student) == ("Year 8", "8A")
    assert groups_of(more["second"]) == ("Year 8", None)
    assert groups_of(more["without"]) == ("Year 8", None)
    assert groups_of(more["suspended"]) == ("Year 8", "8A")
    assert groups_of(more["archived"]) == ("Year 7", "7A")
    assert groups_of(more["nowhere"]) == (None, None)
    assert groups_of(school.other_student) == (None, None)
    assert (result.moved, result.finished) == (4, 1)


def test_the_oldest_stay_if_so_asked(school, autumn):
    result = go(school, autumn, oldest_stay=True)
    assert groups_of(school.other_student) == ("Year 8", "8A")
    assert (result.moved, result.finished) == (1, 0)


def test_the_place_decides_and_not_the_name(school, autumn):
    type(school.year_group).objects.filter(pk=school.year_group.pk).update(position=9)
    go(school, autumn)
    assert groups_of(school.other_student) == ("Year 7", None)
    assert groups_of(school.student) == (None, None)


def test_nobody_moves_twice_into_a_school_year(school, autumn):
    go(school, autumn, oldest_stay=True)
    with pytest.raises(RolloverRefused, match="moved to the next year groups before"):
        go(school, autumn, oldest_stay=True)
    assert groups_of(school.student) == ("Year 8", None)


def test_nobody_moves_within_a_school_year(school, autumn):
    later = Term.objects.create(
        academic_year=autumn.academic_year, name="Spring",
        start_date=date(2027, 1, 10), end_date=date(2027, 6, 1),
    )  # fmt: skip
    assert not rollover.is_due(autumn, later)
    with pytest.raises(RolloverRefused):
        go(school, later, source=autumn)
    assert groups_of(school.student) == ("Year 7", "7A")


def test_a_homeroom_that_is_not_of_the_next_year_group_is_refused(cast, school, autumn, more):
    second = User.objects.get(pk=more["second"].pk).homeroom_id
    for wrong in (second, cast.b.homeroom.pk):
        with pytest.raises(RolloverRefused, match="next year group for “7A”"):
            go(school, autumn, rooms={school.homeroom.pk: wrong})
    assert groups_of(school.student) == ("Year 7", "7A")
    assert rollover.is_due(school.term, Term.objects.get(pk=autumn.pk))


def test_what_is_refused_moves_nobody_and_copies_nothing(school, autumn):
    SchoolClass.objects.update(term=school.term)
    choices = {school.school_class.pk: rollover.Choice(students_to="Nonsense")}
    with pytest.raises(RolloverRefused):
        rollover.carry_out(
            source=school.term, target=autumn, choices=choices, by=school.admin,
            promotion=Promotion(),
        )  # fmt: skip
    assert groups_of(school.student) == ("Year 7", "7A")


def test_the_preview_says_who_moves_where(school, more):
    seven, eight = rollover.moves()
    assert (seven.year.name, seven.students, seven.following) == ("Year 7", 4, eight.year)
    proposed = [(it.room.name, it.students, str(it.proposed)) for it in seven.rooms]
    assert proposed == [("7A", 2, "8A"), ("7B", 1, "None")]
    assert (eight.students, eight.following, eight.choices) == (1, None, [])


def test_another_schools_students_stay(cast, school, autumn):
    go(school, autumn)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert groups_of(cast.b.student) == ("Year 7", "7A")
