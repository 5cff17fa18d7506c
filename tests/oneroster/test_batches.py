"""Bundles as import batches: previewed, applied, undone."""

from datetime import date, time
from pathlib import Path

import pytest
from django.utils import timezone

from academics.models import (
    AcademicYear,
    Assignment,
    ClassSession,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    Term,
)
from core import records
from core.models import AuditLog, Guardian, StudentGuardian, User
from exchange import imports
from exchange.imports.uploads import UploadRefused
from exchange.models import ImportBatch
from oneroster.bundle.reading import read
from oneroster.incoming import imports as batches
from oneroster.models import SourcedRecord
from tests.oneroster.bundles import enrollment, line_item, role, small, user

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

GRAND_BEND = Path(__file__).parent / "data" / "grand-bend-high-school.zip"
MODELS = [
    User, Guardian, StudentGuardian, AcademicYear, Term, SchoolClass, Enrollment, Assignment,
    Submission, Grade, SourcedRecord,
]  # fmt: skip
KEPT_BY_THE_DATABASE = {"updated_at"}


def everything():
    """Return all that an import may touch; deleted people and classes are gone."""
    return {
        model: sorted(
            str(sorted((k, v) for k, v in row.items() if k not in KEPT_BY_THE_DATABASE))
            for row in model.objects.values()
        )
        for model in MODELS
    }


def later():
    """Return a bundle that changes something in each file of `small()`."""
    files = small()
    files["users"][2]["familyName"] = "Younger"
    files["users"][4]["status"] = "tobedeleted"
    files["users"].append(user("u-s4", "Mae", "Yarrow", email="mae@school.example"))
    files["roles"][4]["status"] = "tobedeleted"
    files["roles"].append(role("u-s4", "student"))
    files["classes"][0]["title"] = "Algebra One"
    files["enrollments"][0]["userSourcedId"] = "u-t2"
    files["enrollments"][5]["status"] = "tobedeleted"
    files["enrollments"].append(enrollment("e-5", "c2", "u-s4"))
    files["lineItems"][1]["title"] = "Long essay"
    files["lineItems"].append(line_item("l3", "c2", "Quiz 3"))
    files["results"][0]["score"] = "9"
    files["results"][1]["status"] = "tobedeleted"
    return files


def applied(batch, admin):
    return batches.start_apply(batch, admin)


def test_a_preview_counts_and_changes_nothing(upload):
    before = everything()
    files = small()
    files["enrollments"].append(enrollment("e-9", "c1", "ghost"))
    batch = upload(files)
    assert everything() == before
    assert (batch.status, batch.target, batch.filename) == ("previewed", "oneroster", "bundle.zip")
    assert (batch.row_count, batch.created_count, batch.rejected_count) == (30, 29, 1)
    assert batch.options["counts"]["enrollments"] == {"created": 6, "rejected": 1}
    assert batch.options["school"] == "High School (s1)"
    [rejected] = batch.rows.filter(outcome="rejected")
    assert (rejected.file, rejected.row_number, rejected.after, rejected.problems) == (
        "enrollments", 8, {"sourced_id": "e-9"},
        [["userSourcedId", "the person “ghost” is not in users.csv"]])  # fmt: skip
    made = batch.rows.get(file="users", row_number=2)
    assert (made.outcome, made.table_name, made.after["name"]) == ("created", "users", "Ada Byron")


def test_what_is_applied_is_what_was_previewed(upload, admin):
    batch = upload(small())
    seen = sorted(batch.rows.values_list("file", "row_number", "table_name", "outcome"))
    applied(batch, admin)
    assert (batch.status, batch.created_count) == ("applied", 29)
    assert sorted(batch.rows.values_list("file", "row_number", "table_name", "outcome")) == seen
    assert Enrollment.objects.active().count() == 4
    row = batch.rows.get(table_name="users", row_number=2)
    assert User.objects.get(pk=row.resource_id).name == "Ada Byron"
    entry = AuditLog.objects.filter(action="class_created").first()
    assert entry.metadata["import_batch"] == str(batch.pk)


def test_a_change_says_before_and_after(upload, admin):
    applied(upload(small()), admin)
    batch = upload(later())
    changed = {
        (r.file, r.row_number, r.table_name): (r.before, r.after)
        for r in batch.rows.filter(outcome="changed").exclude(table_name="sourced_records")
    }
    assert changed["users", 4, "users"] == ({"name": "Max Young"}, {"name": "Max Younger"})
    assert changed["users", 6, "users"] == ({"status": "active"}, {"status": "archived"})
    assert changed["enrollments", 7, "enrollments"] == (
        {"status": "active"}, {"status": "dropped"})  # fmt: skip
    before, after = changed["classes", 2, "classes"]
    assert (before["name"], after["name"]) == ("Algebra 1", "Algebra One")
    teachers = {str(pk): name for pk, name in User.objects.values_list("pk", "name")}
    assert (teachers[before["teacher_id"]], teachers[after["teacher_id"]]) == (
        "Ada Byron", "Emmy Noether")  # fmt: skip
    assert batch.rows.filter(outcome="deleted").count() == 2  # a grade and its submission
    assert batch.options["counts"]["results"] == {"updated": 1, "archived": 1}


def test_the_same_again_changes_nothing(upload, admin):
    applied(upload(small()), admin)
    batch = upload(small())
    assert (batch.created_count, batch.changed_count, batch.unchanged_count) == (0, 0, 29)
    assert batch.rows.count() == 0


def test_undo_takes_everything_back(upload, admin):
    before = everything()
    batch = applied(upload(small()), admin)
    imports.undo(batch, admin)
    assert (batch.status, batch.undone_by) == ("undone", admin)
    assert everything() == before
    applied(upload(small()), admin)
    assert Enrollment.objects.active().count() == 4


def test_undo_of_changes_deletions_and_records(upload, admin):
    applied(upload(small()), admin)
    before = everything()
    batch = applied(upload(later()), admin)
    assert User.objects.get(email="mae@school.example").name == "Mae Yarrow"
    assert everything() != before
    imports.undo(batch, admin)
    assert everything() == before
    assert upload(small()).unchanged_count == 29


def test_undo_of_addresses_that_were_exchanged(upload, admin):
    applied(upload(small()), admin)
    before = everything()
    files = small()
    first, second = files["users"][2], files["users"][4]
    first["email"], second["email"] = second["email"], first["email"]
    batch = applied(upload(files), admin)
    assert User.objects.get(name="Max Young").email == "moe@school.example"
    imports.undo(batch, admin)
    assert everything() == before


@pytest.mark.scale
def test_undo_of_grand_bend(upload, admin, settings):
    settings.IMPORT_BACKGROUND_ROWS = 10_000
    before = everything()
    batch = applied(upload(GRAND_BEND.read_bytes()), admin)
    assert batch.created_count == 5034
    imports.undo(batch, admin)
    assert everything() == before


@pytest.fixture
def reasons(admin):
    """Return what stands against undoing a batch; nothing is undone."""

    def reasons(batch):
        state = everything()
        with pytest.raises(imports.UndoRefused) as caught:
            imports.undo(batch, admin)
        assert everything() == state
        assert ImportBatch.objects.get(pk=batch.pk).status == "applied"
        return caught.value.reasons

    return reasons


def test_undo_is_refused_where_something_depends_on_it(upload, admin, reasons):
    batch = applied(upload(small()), admin)
    ClassSession.objects.create(
        school_class=SchoolClass.objects.get(name="Algebra 1"),
        session_date=date(2025, 9, 1),
        start_time=time(9),
        end_time=time(10),
    )
    [reason] = reasons(batch)
    assert "class sessions since: Algebra 1 (ALG-1)" in reason


def test_undo_is_refused_where_somebody_changed_it(upload, admin, reasons):
    batch = applied(upload(small()), admin)
    User.objects.filter(name="Max Young").update(name="Maxi Young")
    [reason] = reasons(batch)
    assert reason.startswith("People: Row 4: name was changed to “Maxi Young” on ")


def test_undo_is_refused_where_people_signed_in(upload, admin, reasons):
    batch = applied(upload(small()), admin)
    User.objects.filter(name="Max Young").update(last_login=timezone.now())
    assert reasons(batch) == ["People whom it made have signed in since: Max Young."]


def test_undo_is_refused_after_a_later_import(upload, admin, reasons):
    first = applied(upload(small()), admin)
    second = applied(upload(later(), name="later.zip"), admin)
    [reason] = reasons(first)
    assert reason.startswith("“later.zip” was imported after it, on ")
    imports.undo(second, admin)
    imports.undo(first, admin)
    assert not SourcedRecord.objects.exists()


def test_undo_is_refused_after_an_import_by_the_command(upload, admin, reasons):
    batch = applied(upload(small()), admin)
    # Another transaction has another moment; here all is in one.
    batch.applied_at -= timezone.timedelta(hours=1)
    batch.save()
    [reason] = reasons(batch)
    assert reason.endswith("by an operator of the server.")


def test_another_preview_where_the_school_changed_meanwhile(upload, admin):
    batch = upload(small())
    User.objects.create_user("ada@school.example", name="Ada B.", role="teacher")
    applied(batch, admin)
    assert (batch.status, batch.options["is_new_preview"]) == ("previewed", True)
    assert SchoolClass.objects.count() == 0
    assert batch.rows.get(file="users", row_number=2).outcome == "changed"
    applied(batch, admin)
    assert batch.status == "applied"
    assert SchoolClass.objects.count() == 2


def test_another_file_than_the_previewed_one_is_refused(upload, admin):
    batch = upload(small())
    batches.kept_upload(batch).path.write_bytes(GRAND_BEND.read_bytes())
    applied(batch, admin)
    assert batch.status == "refused"
    assert batch.error == "The uploaded file is no longer there. Please upload it again."


def test_large_bundles_wait_for_a_worker(upload, admin, settings):
    settings.IMPORT_BACKGROUND_ROWS = 10
    batch = upload(small())
    assert (batch.status, batch.row_count) == ("checking", 29)
    imports.check(batch)
    assert batch.status == "previewed"
    applied(batch, admin)
    assert batch.status == "running"
    imports.apply(batch, admin)
    assert batch.status == "applied"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "bundle.zip is not a zip file"),
        (b"", "bundle.zip is not a zip file"),
    ],
)
def test_what_is_no_bundle_is_refused_at_once(upload, content, sentence):
    with pytest.raises(UploadRefused, match=sentence):
        upload(content)
    assert ImportBatch.objects.count() == 0


def test_another_version_is_refused(upload):
    files = small()
    files["manifest"][1]["value"] = "2.0"
    batch = upload(files)
    assert batch.status == "refused"
    assert batch.error == (
        "bundle.zip says that it is OneRoster 2.0; versions 1.1 and 1.2 are read.")  # fmt: skip


# --- demographics ---


def demographics():
    person = {"sourcedId": "u-s1", "birthDate": "2010-02-03", "sex": "male", "asian": "true"}
    return small(demographics=[person])


def apart(name):
    """Return what the record of somebody keeps apart."""
    return records.apart(User.objects.get(name=name).metadata)


def test_demographics_are_left_out_unless_wanted(upload, admin):
    batch = applied(upload(demographics()), admin)
    assert "Not imported: demographics.csv." in batch.remarks
    assert "demographics" not in apart("Max Young")
    assert not SourcedRecord.objects.filter(entity="demographics").exists()


def test_demographics_are_kept_with_the_person(upload, admin):
    applied(upload(demographics(), demographics=True), admin)
    kept = {"birthDate": "2010-02-03", "sex": "male", "asian": "true"}
    assert apart("Max Young")["demographics"] == kept
    batch = upload(demographics(), demographics=True)
    assert (batch.created_count, batch.changed_count) == (0, 0)
    # A later bundle without the wish leaves them alone, one that takes them back removes them.
    applied(upload(later()), admin)
    assert apart("Max Younger")["demographics"] == kept
    files = later() | demographics()
    files = later() | {"demographics": [{"sourcedId": "u-s1", "status": "tobedeleted"}]}
    applied(upload(files, demographics=True), admin)
    assert "demographics" not in apart("Max Younger")


# --- deltas ---


@pytest.mark.scale
def test_a_delta_of_grand_bend(upload, admin, settings):
    """New, changed and deleted rows of a later day, made from the bundle's own."""
    settings.IMPORT_BACKGROUND_ROWS = 10_000
    applied(upload(GRAND_BEND.read_bytes()), admin)
    bulk = read(GRAND_BEND)
    stamp = {"status": "active", "dateLastModified": "2021-10-01T00:00:00.000Z"}
    gone = stamp | {"status": "tobedeleted"}
    people, places = bulk.rows("users"), bulk.rows("enrollments")
    students = [row for row in places if row["role"] == "student"]
    renamed, leaver, mover = people[20].values, students[0].values, students[1].values
    manifest = [
        {"propertyName": "oneroster.version", "value": "1.2"},
        *(
            {"propertyName": f"file.{name}", "value": "delta"}
            for name in ("users", "roles", "enrollments", "results")
        ),
    ]
    results = bulk.rows("results")
    delta = upload(
        {
            "manifest": manifest,
            "users": [
                renamed | stamp | {"familyName": "Renamed"},
                people[0].values | stamp,
                user("new-1", "Nia", "New", email="nia@edfi.org") | stamp,
            ],
            "roles": [role("new-1", "student", orgSourcedId="255901001") | stamp],
            "enrollments": [
                leaver | gone,
                enrollment("new-e", mover["classSourcedId"], "new-1") | stamp,
            ],
            "results": [
                _result_cells(results[0], score="99.00") | stamp,
                {"sourcedId": results[1].sourced_id} | gone,
            ],
        }
    )
    assert delta.options["counts"] == {
        "users": {"created": 1, "updated": 1, "unchanged": 1},
        "roles": {"created": 1},
        "enrollments": {"created": 1, "archived": 1},
        "results": {"updated": 1, "archived": 1},
    }
    assert not [remark for remark in delta.remarks if "no longer has" in remark]
    places, grades = Enrollment.objects.active().count(), Grade.objects.count()
    applied(delta, admin)
    assert Enrollment.objects.active().count() == places
    assert Grade.objects.count() == grades - 1
    assert User.objects.get(email="nia@edfi.org").enrollments.count() == 1
    assert User.objects.filter(name__endswith=" Renamed").count() == 1


def _result_cells(row, **changes):
    """Return the cells of a row that the test bundles' results have."""
    names = ("sourcedId", "lineItemSourcedId", "studentSourcedId", "scoreStatus", "scoreDate")
    return {name: row[name] for name in names} | changes


def test_a_manifest_that_promises_more_than_there_is(upload):
    files = small()
    files["manifest"].append({"propertyName": "file.demographics", "value": "bulk"})
    files["manifest"].append({"propertyName": "file.courses", "value": "bulk"})
    del files["courses"]
    batch = upload(files)
    sentence = "The manifest speaks of files that the bundle does not hold: courses.csv"
    assert any(remark.startswith(sentence) for remark in batch.remarks)
