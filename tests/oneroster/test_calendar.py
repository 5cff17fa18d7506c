"""academicSessions.csv: academic years, terms, and which term a class is in."""

from datetime import date

import pytest

from academics.models import AcademicYear, SchoolClass, Term
from exchange import imports
from oneroster.incoming import imports as batches
from tests.oneroster.bundles import school_class, small
from tests.oneroster.bundles import session as plain
from tests.oneroster.conftest import exported
from tests.oneroster.test_export import read, row_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def session(sourced_id, kind, start, end, **columns):
    return plain(sourced_id, kind, start, end) | columns


YEAR = session("y", "schoolYear", "2025-08-25", "2026-06-05")
SEMESTERS = [
    session("s1", "semester", "2025-08-25", "2025-12-19", parentSourcedId="y"),
    session("s2", "semester", "2026-01-05", "2026-06-05", parentSourcedId="y"),
]
QUARTERS = [
    session("q1", "gradingPeriod", "2025-08-25", "2025-10-24", parentSourcedId="s1"),
    session("q2", "gradingPeriod", "2025-10-25", "2025-12-19", parentSourcedId="s1"),
    session("q3", "gradingPeriod", "2026-01-05", "2026-03-20", parentSourcedId="s2"),
    session("q4", "gradingPeriod", "2026-03-21", "2026-06-05", parentSourcedId="s2"),
]


def bundle(sessions, *classes):
    """Return a bundle of sessions and of classes, each of which names some of them."""
    return {
        "orgs": small()["orgs"],
        "academicSessions": sessions,
        "classes": [
            school_class(f"c{place}", f"Class {place}", termSourcedIds=named)
            for place, named in enumerate(classes)
        ],
    }


def notes_of(report):
    """Return what the report notes about sessions."""
    return [i.reason for i in report.issues if i.file == "academicSessions"]


def terms():
    return set(Term.objects.values_list("name", flat=True))


def placed():
    pairs = SchoolClass.objects.order_by("name").values_list("name", "term__name")
    return {name.removeprefix("Class "): term for name, term in pairs}


def test_years_terms_and_the_classes_in_them(run):
    report = run(small())
    year = AcademicYear.objects.get()
    assert (year.name, year.start_date, year.end_date) == (
        "y1", date(2025, 8, 25), date(2026, 6, 5))  # fmt: skip
    assert set(year.terms.values_list("name", "start_date", "end_date")) == {
        ("t1", date(2025, 8, 25), date(2025, 12, 19)),
        ("t2", date(2026, 1, 5), date(2026, 6, 5)),
    }
    assert dict(SchoolClass.objects.values_list("name", "term__name")) == {
        "Algebra 1": "t1", "Algebra 2": None}  # fmt: skip
    assert report.remarks == [
        "Classes that run in several terms: 1. They belong to none of them;"
        " lists and report cards show them in each."
    ]
    assert run(small()).counts["academicSessions"] == {"unchanged": 3}
    assert (AcademicYear.objects.count(), Term.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("sessions", "classes", "made", "expected"),
    [
        # Of nested sessions the outer; a class of the inner is in it, too.
        ([YEAR, *SEMESTERS, *QUARTERS], ["s1", "q1", "q3,q4"], "s1 s2", "s1 s1 s2"),
        ([YEAR, *SEMESTERS, *QUARTERS], ["q1", "q4"], "q1 q2 q3 q4", "q1 q4"),
        # The session that spans those that a class names.
        ([YEAR, *SEMESTERS, *QUARTERS], ["q1,q2", "q1,q2,q3,q4"], "s1 s2", "s1 -"),
        ([YEAR, *SEMESTERS, *QUARTERS], ["y", ""], "s1 s2", "- -"),
        ([YEAR, *SEMESTERS, *QUARTERS], [], "s1 s2", ""),
        ([YEAR], ["y"], "y", "y"),
        ([YEAR], [], "", ""),
        ([YEAR, SEMESTERS[0]], ["s1", "s1,y"], "s1", "s1 -"),
        # Two names for the same days are one term.
        ([YEAR, *SEMESTERS, SEMESTERS[0] | {"sourcedId": "t1", "type": "term"}],
         ["s1", "t1"], "s1 s2", "s1 s1"),
    ],
)  # fmt: skip
def test_the_level_that_the_classes_are_in(run, sessions, classes, made, expected):
    files = bundle(sessions, *classes)
    assert run(files).rejected == 0
    assert terms() == set(made.split())
    assert [term or "-" for term in placed().values()] == expected.split()
    again = run(files)
    assert set(again.counts["academicSessions"]) == {"unchanged"}
    assert terms() == set(made.split())


def test_sessions_that_become_no_term_are_noted(run):
    other = session("x", "term", "2025-12-01", "2026-01-31")
    late = session("z", "term", "2026-05-01", "2026-07-31")
    turned = session("r", "term", "2026-03-01", "2026-02-01", parentSourcedId="nowhere")
    report = run(bundle([YEAR, *SEMESTERS, QUARTERS[0], other, late, turned], "s1", "s2"))
    assert notes_of(report) == [
        "becomes no term of its own: days of it are in the term “s1”",
        "becomes no term of its own: days of it are in the term “s1”",
        "becomes no term: not all its days are in the year “y”",
        "ends before it begins; becomes no term",
        "the parent “nowhere” is not in academicSessions.csv",
    ]
    assert terms() == {"s1", "s2"}
    assert report.rejected == 0


def test_years_with_common_days(run):
    second = session("y2", "schoolYear", "2026-05-01", "2027-04-30")
    turned = session("y3", "schoolYear", "2027-09-01", "2027-08-01")
    report = run(bundle([YEAR, second, turned], "y"))
    assert notes_of(report) == [
        "becomes no academic year: some of its days are in the year “y”",
        "ends before it begins; becomes no academic year",
    ]
    assert AcademicYear.objects.get().name == "y"


def test_a_missing_year_is_made_for_its_terms_and_grows_with_them(run):
    first, second = ({**semester, "schoolYear": "2026"} for semester in SEMESTERS)
    report = run(bundle([first], "s1"))
    assert notes_of(report) == [
        "its school year is not in the bundle; “2025–2026” is made for its terms",
        "the parent “y” is not in academicSessions.csv",
    ]
    run(bundle([first, second], "s1", "s2"))
    year = AcademicYear.objects.get()
    assert (year.name, year.start_date, year.end_date) == (
        "2025–2026", date(2025, 8, 25), date(2026, 6, 5))  # fmt: skip
    assert placed() == {"0": "s1", "1": "s2"}


def make_year(name, *terms):
    year = AcademicYear.objects.create(name=name, start_date=terms[0][1], end_date=terms[-1][2])
    for term, start, end in terms:
        Term.objects.create(academic_year=year, name=term, start_date=start, end_date=end)


def test_what_is_here_is_found_not_doubled(run):
    make_year("25/26", ("Autumn", "2025-08-25", "2025-12-19"), ("s2", "2026-01-12", "2026-06-12"))
    report = run(bundle([YEAR, *SEMESTERS], "s1", "s2"))
    assert notes_of(report) == [
        "is the academic year “25/26” here, which keeps its own days",
        "is the term “s2” here, which keeps its own days",
    ]
    assert (AcademicYear.objects.count(), terms()) == (1, {"Autumn", "s2"})
    assert placed() == {"0": "Autumn", "1": "s2"}
    assert Term.objects.get(name="s2").start_date == date(2026, 1, 12)


def moved():
    """Return sessions whose days were moved: no order of single changes would do."""
    first, second = SEMESTERS
    return [
        YEAR | {"title": "New year", "startDate": "2025-09-01", "endDate": "2026-06-19"},
        first | {"startDate": "2025-09-01", "endDate": "2026-01-16"},
        second | {"startDate": "2026-01-19", "endDate": "2026-06-19"},
    ]


def test_new_days_and_their_undo(upload, admin):
    batches.start_apply(upload(bundle([YEAR, *SEMESTERS], "s1", "s2")), admin)
    days = list(Term.objects.values_list("name", "start_date", "end_date"))
    batch = batches.start_apply(upload(bundle(moved(), "s1", "s2")), admin)
    assert set(Term.objects.values_list("name", "start_date", "end_date")) == {
        ("s1", date(2025, 9, 1), date(2026, 1, 16)),
        ("s2", date(2026, 1, 19), date(2026, 6, 19)),
    }
    assert AcademicYear.objects.get().name == "New year"
    imports.undo(batch, admin)
    assert list(Term.objects.values_list("name", "start_date", "end_date")) == days
    assert AcademicYear.objects.get().end_date == date(2026, 6, 5)


def test_days_that_are_taken_here_stay_as_they_are(run):
    run(bundle([YEAR, *SEMESTERS], "s1", "s2"))
    Term.objects.filter(name="s2").update(start_date=date(2026, 1, 19))
    Term.objects.create(
        academic_year=AcademicYear.objects.get(),
        name="Camp",
        start_date=date(2026, 1, 5),
        end_date=date(2026, 1, 10),
    )
    longer = [YEAR, SEMESTERS[0] | {"endDate": "2026-01-08"}, SEMESTERS[1]]
    assert notes_of(run(bundle(longer, "s1", "s2"))) == [
        "“s1” keeps its days here: others have the new ones, or its year has not"
    ]
    assert Term.objects.get(name="s1").end_date == date(2025, 12, 19)
    assert set(run(bundle(longer, "s1", "s2")).counts["academicSessions"]) == {"unchanged"}


def test_an_old_id_for_the_next_year_is_another_term(run):
    run(bundle([YEAR, *SEMESTERS], "s1"))
    following = [
        session("y", "schoolYear", "2026-08-24", "2027-06-04"),
        session("s1", "semester", "2026-08-24", "2026-12-18", parentSourcedId="y"),
    ]
    files = bundle(following, "s1")
    files["classes"][0]["sourcedId"] = "next"
    run(files)
    assert set(Term.objects.values_list("name", "start_date__year")) == {
        ("s1", 2025), ("s2", 2026), ("s1 (2026-08-24)", 2026)}  # fmt: skip
    assert AcademicYear.objects.count() == 2


def test_a_deleted_session_stays_a_term_here(run):
    run(bundle([YEAR, *SEMESTERS], "s1"))
    report = run({"academicSessions": [SEMESTERS[1] | {"status": "tobedeleted"}]})
    assert notes_of(report) == ["“s2” stays here; delete it by hand when nothing is in it"]
    assert terms() == {"s1", "s2"}
    assert {row["title"] for row in read(exported())["academicSessions"]} == {"y", "s1"}


def test_a_delta_without_sessions_names_earlier_ones(run):
    run(bundle([YEAR, *SEMESTERS, *QUARTERS], "s1"))
    files = bundle([], "s1", "q4")
    del files["academicSessions"]
    run(files)
    assert placed() == {"0": "s1", "1": "s2"}


def test_the_term_that_the_school_chose_stays(run):
    files = bundle([YEAR, *SEMESTERS], "s1")
    run(files)
    SchoolClass.objects.update(term=Term.objects.get(name="s2"))
    run(files)
    assert placed() == {"0": "s2"}
    assert read(exported())["classes"][0]["termSourcedIds"] == "s2"


def test_undo_removes_terms_and_leaves_those_in_use(upload, admin):
    batch = batches.start_apply(upload(bundle([YEAR, *SEMESTERS], "s1")), admin)
    mine = SchoolClass.objects.create(
        name="Chess", start_date="2025-09-01", term=Term.objects.get(name="s2")
    )
    with pytest.raises(imports.UndoRefused, match="terms has classes since: s2"):
        imports.undo(batch, admin)
    mine.term = None
    mine.save()
    imports.undo(batch, admin)
    assert not AcademicYear.objects.exists()
    assert not Term.objects.exists()


def test_years_and_terms_made_here_go_out(school):
    make_year("25/26", ("Fall", "2025-09-01", "2025-12-19"), ("Spring", "2026-01-05", "2026-06-05"))
    fall = Term.objects.get(name="Fall")
    SchoolClass.objects.create(name="A", start_date="2025-09-01", term=fall)
    SchoolClass.objects.create(name="B", start_date="2025-10-01", end_date="2025-12-19", term=fall)
    files = read(exported())
    sessions = {row["sourcedId"]: row for row in files["academicSessions"]}
    named = {row["title"]: sessions[row["termSourcedIds"]] for row in files["classes"]}
    year = sessions[named["A"]["parentSourcedId"]]
    assert [year[name] for name in ("title", "type", "schoolYear", "endDate")] == [
        "25/26", "schoolYear", "2026", "2026-06-05"]  # fmt: skip
    assert (named["A"]["title"], named["A"]["type"]) == ("Fall", "term")
    assert (named["B"]["startDate"], named["B"]["parentSourcedId"]) == (
        "2025-10-01", str(fall.pk))  # fmt: skip
    assert {row["title"] for row in sessions.values()} >= {"Spring"}


def test_what_was_renamed_here_goes_out_so(run):
    run(bundle([YEAR, *SEMESTERS], "s1"))
    Term.objects.filter(name="s1").update(name="Autumn", end_date=date(2025, 12, 12))
    row = row_of(read(exported()), "academicSessions", "s1")
    assert (row["title"], row["endDate"], row["type"]) == ("Autumn", "2025-12-12", "semester")
