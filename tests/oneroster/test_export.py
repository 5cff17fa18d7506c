"""A school out as a bundle, and what comes back of it."""

import csv
import io
import zipfile
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academics.models import AcademicYear, Assignment, Enrollment, Grade, SchoolClass, Term
from core.models import User
from core.rls import tenant_context
from exchange.exports.errors import ExportRefused
from exchange.models import Export
from oneroster.bundle import columns
from oneroster.incoming.report import OUTCOMES
from oneroster.incoming.service import import_bundle
from oneroster.models import SourcedRecord
from tests.oneroster.bundles import (
    bundle_of,
    enrollment,
    line_item,
    result,
    role,
    school_class,
    session,
    small,
    user,
)
from tests.oneroster.conftest import exported, inside

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

GRAND_BEND = Path(__file__).parent / "data" / "grand-bend-high-school.zip"
# Empty in a bulk file, as the standard has it.
OF_CHANGES = {"status", "dateLastModified"}


def read(source):
    """Return {file: [row]} of a zip, the columns in their order."""
    with zipfile.ZipFile(source) as archive:
        return {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8", newline=""))
            )
            for name in archive.namelist()
        }


def row_sets(files, without=OF_CHANGES):
    """Return {file: {row}} without the manifest, whose source is the school."""
    return {
        name: {tuple((k, v) for k, v in row.items() if k not in without) for row in rows}
        for name, rows in files.items()
        if name != "manifest"
    }


def row_of(files, name, sourced_id):
    [row] = [row for row in files[name] if row["sourcedId"] == sourced_id]
    return row


@pytest.mark.scale
def test_grand_bend_comes_out_as_it_went_in_and_again(run, empty_school):
    assert run(GRAND_BEND).rejected == 0
    first = exported()
    original, files = read(GRAND_BEND), read(first)
    assert row_sets(files) == row_sets(original)
    for name in original:
        assert list(files[name][0]) == list(original[name][0])  # columns and their order
    other = empty_school("second")
    report = import_bundle(first, tenant=other, name="first.zip")
    assert (report.rejected, report.total("skipped")) == (0, 0)
    with inside(other):
        assert row_sets(read(exported()), without=()) == row_sets(files, without=())


def test_the_manifest_names_every_file_of_the_standard(run):
    run(small(categories=None, lineItems=None, results=None))
    rows = {r["propertyName"]: r["value"] for r in read(exported())["manifest"]}
    assert (rows["manifest.version"], rows["oneroster.version"]) == ("1.0", "1.2")
    assert (rows["source.systemName"], rows["source.systemCode"]) == ("Empty School", "empty")
    there = {"academicSessions", "classes", "courses", "enrollments", "orgs", "roles", "users"}
    names = {*columns.COLUMNS, *columns.NOT_IMPORTED} - {"manifest"}
    assert {name: rows[f"file.{name}"] for name in names} == {
        name: "bulk" if name in there else "absent" for name in names
    }
    assert len(names) == 21


def test_a_file_without_rows_is_left_out(school):
    assert set(read(exported())) == {"manifest", "orgs"}


def test_what_the_school_changed_comes_out_changed(run):
    run(small())
    User.objects.filter(email="max@school.example").update(
        name="Maximilian de Young", email="maxi@school.example", phone="555-1", status="suspended"
    )
    SchoolClass.objects.filter(name="Algebra 1").update(
        name="Algebra One", code=None, level="11", subject="Maths",
        schedule_description="Mon 9–10", start_date=date(2025, 9, 1),
    )  # fmt: skip
    Assignment.objects.filter(title="Quiz 1").update(
        title="Test 1", type="exam", max_score=12, due_date=date(2025, 9, 9)
    )
    Grade.objects.filter(assignment__title="Test 1").update(score="8.25", feedback="Well done")
    files = read(exported())
    max_row = row_of(files, "users", "u-s1")
    assert [max_row[n] for n in ("givenName", "familyName", "email", "phone", "enabledUser")] == [
        "Maximilian de", "Young", "maxi@school.example", "555-1", "false"]  # fmt: skip
    algebra = row_of(files, "classes", "c1")
    assert [algebra[n] for n in ("title", "classCode", "grades", "subjects", "periods")] == [
        "Algebra One", "", "11", "Maths", "Mon 9–10"]  # fmt: skip
    term = row_of(files, "academicSessions", algebra["termSourcedIds"])
    assert (term["startDate"], term["endDate"], term["parentSourcedId"]) == (
        "2025-09-01", "2025-12-19", "t1")  # fmt: skip
    quiz = row_of(files, "lineItems", "l1")
    assert [quiz[n] for n in ("title", "resultValueMax", "assignDate", "dueDate")] == [
        "Test 1", "12", "2025-09-01", "2025-09-09"]  # fmt: skip
    assert row_of(files, "categories", quiz["categorySourcedId"])["title"] == "Exam"
    grade = row_of(files, "results", "r1")
    assert (grade["score"], grade["comment"]) == ("8.25", "Well done")
    assert row_of(files, "users", "u-s3") == row_of(read(bundle_of(small())), "users", "u-s3")


def test_who_and_what_is_gone_is_left_out(run):
    run(small())
    User.objects.filter(email="moe@school.example").update(status="archived")
    SchoolClass.objects.get(name="Algebra 1").delete()
    Enrollment.objects.filter(student__name="Max Young").update(status="dropped")
    files = read(exported())
    assert {row["sourcedId"] for row in files["users"]} == {"u-t1", "u-t2", "u-s1", "u-s2"}
    assert {row["userSourcedId"] for row in files["roles"]} == {"u-t1", "u-t2", "u-s1", "u-s2"}
    assert {row["sourcedId"] for row in files["classes"]} == {"c2"}
    assert {row["sourcedId"] for row in files["enrollments"]} == {"e-t2"}
    assert "lineItems" not in files
    assert "results" not in files


def test_rows_that_a_bundle_deleted_are_left_out(run):
    files = small()
    run(files)
    files["users"][4]["status"] = files["roles"][4]["status"] = "tobedeleted"
    files["lineItems"][0]["status"] = files["results"][0]["status"] = "tobedeleted"
    files["enrollments"][2]["status"] = files["enrollments"][1]["status"] = "tobedeleted"
    files["courses"].append({"sourcedId": "co2", "title": "Art"})
    run(files)
    files["courses"][1]["status"] = "tobedeleted"
    run(files)
    exported_files = read(exported())
    assert {row["sourcedId"] for row in exported_files["users"]} == {"u-t1", "u-t2", "u-s1", "u-s2"}
    assert {row["sourcedId"] for row in exported_files["enrollments"]} == {"e-t1", "e-2", "e-3"}
    assert {row["sourcedId"] for row in exported_files["lineItems"]} == {"l2"}
    assert {row["sourcedId"] for row in exported_files["results"]} == {"r2"}
    assert {row["sourcedId"] for row in exported_files["courses"]} == {"co1"}


def test_further_teachers_and_the_one_who_teaches_now(run):
    files = small()
    files["enrollments"].append(enrollment("e-t3", "c1", "u-t2", "teacher", primary="false"))
    run(files)

    def teachers():
        rows = [row for row in read(exported())["enrollments"] if row["role"] == "teacher"]
        return {(r["classSourcedId"], r["userSourcedId"], r["primary"]) for r in rows}

    second = ("c2", "u-t2", "true")
    assert teachers() == {("c1", "u-t1", "true"), ("c1", "u-t2", "false"), second}
    algebra = SchoolClass.objects.filter(name="Algebra 1")
    algebra.update(teacher=User.objects.get(name="Emmy Noether"))
    assert teachers() == {("c1", "u-t2", "true"), ("c1", "u-t1", "false"), second}
    guest = User.objects.create_user("guest@school.example", name="Guest", role="teacher")
    algebra.update(teacher=guest)
    assert teachers() == {("c1", str(guest.pk), "true"), ("c1", "u-t2", "false"), second}


def test_a_guardians_account_without_a_contact_stays_here(run):
    run(small())
    User.objects.create_user("home@school.example", name="Home", role="guardian")
    exported_files = read(exported())
    assert "Home" not in {row["givenName"] for row in exported_files["users"]}
    assert {row["role"] for row in exported_files["roles"]} == {"teacher", "student"}


def test_several_rows_of_one_enrollment_all_come_out(run):
    files = small()
    files["enrollments"].append(
        enrollment("e-1b", "c1", "u-s1", beginDate="2025-10-01", endDate="2025-12-19")
    )
    run(files)
    rows = read(exported())["enrollments"]
    assert {r["sourcedId"] for r in rows if r["userSourcedId"] == "u-s1"} == {
        "e-1", "e-1b", "e-3"}  # fmt: skip


def test_columns_without_a_home_come_back(run):
    files = small()
    files["users"][2] |= {"pronouns": "they/them", "userIds": "{LDAP:max}", "sms": "555-2"}
    files["results"].append(result("r3", "l1", "u-s2", scoreStatus="exempt"))
    source = bundle_of(files, extra=["metadata.bus", "homeroom"])
    for row in files["users"]:
        row |= {"metadata.bus": "7", "homeroom": "B"}
    source = bundle_of(files, extra=["metadata.bus", "homeroom"])
    run(source)
    exported_files = read(exported())
    row = row_of(exported_files, "users", "u-s1")
    assert (row["pronouns"], row["userIds"], row["sms"]) == ("they/them", "{LDAP:max}", "555-2")
    assert list(row)[-2:] == ["metadata.bus", "metadata.homeroom"]
    assert (row["metadata.bus"], row["metadata.homeroom"]) == ("7", "B")
    assert row_of(exported_files, "results", "r3")["scoreStatus"] == "exempt"
    with_score = row_of(exported_files, "results", "r1")
    Grade.objects.update(score=None, excused=True)
    assert with_score["score"]
    row = row_of(read(exported()), "results", "r1")
    assert (row["scoreStatus"], row["score"]) == ("exempt", "")


def test_what_was_odd_in_the_wild_comes_out_as_the_standard_has_it(run):
    files = small()
    files["users"][2] |= {"enabledUser": "TRUE", "email": "none", "agentSourcedIds": "gone,u-t1"}
    files["roles"][2]["role"] = "STUDENT"
    files["classes"][0]["classType"] = "Homeroom"
    files["enrollments"][2] |= {"beginDate": "13/09/2025", "endDate": "1/12/2025"}
    files["academicSessions"][1]["type"] = "TERM"
    run(files)
    exported_files = read(exported())
    row = row_of(exported_files, "users", "u-s1")
    assert (row["enabledUser"], row["email"], row["agentSourcedIds"]) == ("true", "", "u-t1")
    assert row_of(exported_files, "roles", "role-u-s1-student")["role"] == "student"
    assert row_of(exported_files, "classes", "c1")["classType"] == "homeroom"
    assert row_of(exported_files, "classes", "c2")["classType"] == "scheduled"
    place = row_of(exported_files, "enrollments", "e-1")
    assert (place["beginDate"], place["endDate"]) == ("2025-09-13", "2025-12-01")
    assert row_of(exported_files, "academicSessions", "t1")["type"] == "term"


def test_version_1_1_comes_out_as_1_2(run):
    people = [user("u-1", "Ann", "Old", role="student", orgSourcedIds="s1", primaryOrgSourcedId="")]
    files = {"users": people, "orgs": small()["orgs"]}
    run(bundle_of(files, extra=["orgSourcedIds", "role"]))
    exported_files = read(exported())
    assert list(exported_files["users"][0]) == columns.header("users")
    [row] = exported_files["roles"]
    assert (row["userSourcedId"], row["role"], row["roleType"]) == ("u-1", "student", "primary")


def test_other_schools_of_a_district_stay_out(run):
    files = small()
    files["orgs"].append({"sourcedId": "s2", "name": "Middle School", "type": "school"})
    files["courses"].append({"sourcedId": "co2", "title": "Art", "orgSourcedId": "s2"})
    run(files, org="s1")
    exported_files = read(exported())
    assert {row["sourcedId"] for row in exported_files["orgs"]} == {"d1", "s1"}
    assert {row["sourcedId"] for row in exported_files["courses"]} == {"co1"}


def test_a_school_without_any_bundle(cast, empty_school):
    with inside(cast.a.tenant):
        SourcedRecord.objects.all().delete()
        first = exported()
    files = read(first)
    ids = {row["sourcedId"] for row in files["users"]}
    everybody = (
        "admin", "teacher", "outsider", "student", "other_student",
        "guardian_record", "other_guardian_record",
    )  # fmt: skip
    assert ids == {str(getattr(cast.a, who).pk) for who in everybody}
    for name, column, other in [
        ("classes", "courseSourcedId", "courses"),
        ("classes", "termSourcedIds", "academicSessions"),
        ("classes", "schoolSourcedId", "orgs"),
        ("enrollments", "classSourcedId", "classes"),
        ("enrollments", "userSourcedId", "users"),
        ("lineItems", "categorySourcedId", "categories"),
        ("lineItems", "academicSessionSourcedId", "academicSessions"),
        ("results", "lineItemSourcedId", "lineItems"),
        ("results", "studentSourcedId", "users"),
    ]:
        assert {r[column] for r in files[name]} <= {r["sourcedId"] for r in files[other]}
    other = empty_school("second")
    report = import_bundle(first, tenant=other, name="first.zip", strict=True)
    assert report.kept
    with inside(other):
        assert SchoolClass.objects.filter(teacher__isnull=False).count() == 2
        assert Enrollment.objects.active().count() == 2
        assert Grade.objects.count() == 2
        again = row_sets(read(exported()), without={"enabledUser"})
    # An admin arrives suspended, and says so when it leaves again.
    assert again == row_sets(files, without={"enabledUser"})


def test_an_open_ended_class_ends_with_its_school_year(run):
    SchoolClass.objects.create(name="Chess", start_date=date(2025, 11, 3))
    exported_files = read(exported())
    years = {r["sourcedId"]: r for r in exported_files["academicSessions"]}
    term = years[exported_files["classes"][0]["termSourcedIds"]]
    assert (term["startDate"], term["endDate"], term["schoolYear"]) == (
        "2025-11-03", "2026-06-30", "2026")  # fmt: skip
    assert years[term["parentSourcedId"]]["type"] == "schoolYear"


def everything():
    """Return {table: [row]} of what a bundle tells of, as it is here."""
    models = [User, SchoolClass, Enrollment, Assignment, Grade, AcademicYear, Term]
    return {
        model._meta.db_table: list(
            model.objects.order_by("pk").values(
                *{field.attname for field in model._meta.concrete_fields} - {"updated_at"}
            )
        )
        for model in models
    }


def test_ones_own_bundle_finds_everything_again(cast):
    with inside(cast.a.tenant) as tenant:
        SourcedRecord.objects.all().delete()
        models = [User, SchoolClass, Enrollment, Assignment, Grade]
        before = [model.objects.count() for model in models]
        report = import_bundle(exported(), tenant=tenant, name="own.zip", strict=True)
        assert report.kept
        assert [model.objects.count() for model in models] == before
        assert User.objects.get(pk=cast.a.admin.pk).status == "active"
        cast.a.teacher.refresh_from_db()
        assert cast.a.teacher.check_password("a-long-enough-password")


def counted(report):
    """Return {outcome: rows} of a whole report."""
    return {outcome: n for outcome in OUTCOMES if (n := report.total(outcome))}


def test_ones_own_bundle_reports_nothing_new(cast):
    with inside(cast.a.tenant) as tenant:
        SourcedRecord.objects.all().delete()
        first = exported()
        rows = sum(len(rows) for name, rows in read(first).items() if name != "manifest")
        report = import_bundle(first, tenant=tenant, name="own.zip", strict=True)
        assert counted(report) == {"unchanged": rows}


def test_an_admin_who_joined_after_a_bundle_is_no_news_in_the_export(run, school):
    run(small())
    User.objects.create_user("office@empty.example", name="Olga Office", role="admin")
    report = run(exported())
    assert report.total("created") == 0
    assert (report.counts["users"], report.counts["roles"]) == ({"unchanged": 6}, {"unchanged": 6})


def test_what_the_school_changed_since_its_export_is_reported_as_changed(cast):
    with inside(cast.a.tenant) as tenant:
        SourcedRecord.objects.all().delete()
        first = exported()
        User.objects.filter(pk=cast.a.student.pk).update(phone="555-9")
        report = import_bundle(first, tenant=tenant, name="own.zip", strict=True)
        assert report.counts["users"]["updated"] == 1
        assert report.total("created") == 0


def test_places_of_the_past_and_terms_come_out_once_after_coming_in(cast):
    with inside(cast.a.tenant):
        SourcedRecord.objects.all().delete()
        place = Enrollment.objects.get(student=cast.a.student, school_class=cast.a.school_class)
        began = place.enrollment_date
        Enrollment.objects.filter(pk=place.pk).update(status="completed")
        again = Enrollment.objects.create(
            student=place.student, school_class=place.school_class, enrollment_date=began
        )
        whole = AcademicYear.objects.create(
            name="Far off", start_date=date(2040, 9, 1), end_date=date(2041, 6, 30)
        )
        Term.objects.create(
            academic_year=whole,
            name="Autumn",
            start_date=date(2040, 9, 1),
            end_date=date(2040, 12, 20),
        )
        Assignment.objects.filter(pk=cast.a.assignment.pk).update(status="closed")
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(status="completed")
        rows_before = everything()
        first = exported()
        assert import_bundle(first, tenant=cast.a.tenant, name="own.zip", strict=True).kept
        assert everything() == rows_before
        second = exported()
        files, later = read(first), read(second)
        assert {str(place.pk), str(again.pk)} <= {r["sourcedId"] for r in files["enrollments"]}
        for name, rows in later.items():
            if name != "manifest":
                ids = [row["sourcedId"] for row in rows]
                assert len(ids) == len(set(ids)), name
        assert row_sets(later) == row_sets(files)
        # The school's own change stays, what a bundle says anew is taken over.
        Enrollment.objects.filter(pk=again.pk).update(status="dropped")
        assert import_bundle(first, tenant=cast.a.tenant, name="own.zip", strict=True).kept
        again.refresh_from_db()
        assert again.status == "dropped"


def test_only_an_admin_exports(cast):
    for person in (cast.a.teacher, cast.a.student):
        with tenant_context(cast.a.tenant, person), pytest.raises(ExportRefused):
            exported()


def test_nothing_of_another_school_is_in_it(run, cast):
    run(small())
    with zipfile.ZipFile(exported()) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    for row in (cast.a.student, cast.a.school_class, cast.b.student, cast.b.tenant):
        assert str(row.pk) not in text


def test_queries_do_not_grow_with_rows(run):
    run(small())
    with CaptureQueriesContext(connection) as few:
        exported()
    files = small()
    for i in range(20):
        files["users"].append(user(f"x{i}", "Extra", str(i), email=f"x{i}@school.example"))
        files["roles"].append(role(f"x{i}", "student"))
        files["classes"].append(school_class(f"y{i}", f"Class {i}", termSourcedIds="t1"))
        files["enrollments"].append(enrollment(f"z{i}", f"y{i}", f"x{i}"))
        files["lineItems"].append(line_item(f"m{i}", f"y{i}", f"Essay {i}"))
    files["academicSessions"].append(session("t3", "term", "2025-08-25", "2026-06-05"))
    run(files)
    with CaptureQueriesContext(connection) as many:
        exported()
    assert len(many) == len(few)


# --- the command ---

AS = ("--as", "admin@school-a.example")


def test_the_command_writes_a_file_that_only_its_owner_reads(cast, tmp_path):
    path = tmp_path / "school.zip"
    err = StringIO()
    call_command("export_oneroster", *AS, "--school", "school-a", "--output", str(path), stderr=err)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read(path)["users"]) == 7
    assert "rows written to" in err.getvalue()
    assert list(tmp_path.iterdir()) == [path]
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = Export.objects.get(kind="oneroster")
    assert (row.filename, row.file_size) == ("school.zip", path.stat().st_size)
    assert (row.requested_by_id, row.origin, row.status) == (cast.a.admin.pk, "command", "ready")
    assert (row.expires_at, row.requester_role) == (None, "admin")


def test_the_command_writes_to_standard_output(cast, capfdbinary):
    call_command("export_oneroster", "--school", "school-a", "--output", "-")
    assert len(read(io.BytesIO(capfdbinary.readouterr().out))["users"]) == 7
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Export.objects.get(kind="oneroster").requested_by_id == cast.a.admin.pk


def test_the_command_says_what_is_wrong(cast, tmp_path):
    with pytest.raises(CommandError, match="no school “nowhere”"):
        call_command("export_oneroster", *AS, "--school", "nowhere", "--output", "x.zip")
    person = ("--as", cast.a.teacher.email)
    with pytest.raises(CommandError, match="only an admin may export a bundle"):
        call_command("export_oneroster", *person, "--school", "school-a", "--output", "x.zip")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command(
            "export_oneroster",
            *AS,
            "--school",
            "school-a",
            "--output",
            str(tmp_path / "no" / "x.zip"),
        )
