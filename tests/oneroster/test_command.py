"""`manage.py import_oneroster`: options, sentences, exit statuses."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from academics.models import SchoolClass
from core.models import User
from core.rls import tenant_context
from tests.oneroster.bundles import bundle_of, enrollment, small, user

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def bundle(tmp_path, cast):
    def write(files):
        path = tmp_path / "bundle.zip"
        path.write_bytes(bundle_of(files).getvalue())
        return path

    return write


def command(path, *options, **more):
    out = StringIO()
    call_command("import_oneroster", str(path), "--school", "school-a", *options,
                 stdout=out, no_color=True, **more)  # fmt: skip
    return out.getvalue()


def people_of(school):
    with tenant_context(school.tenant, role="admin"):
        return User.objects.count()


def test_a_bundle_goes_into_the_named_school_alone(bundle, cast):
    counts = people_of(cast.a), people_of(cast.b)
    out = command(bundle(small()))
    assert (people_of(cast.a), people_of(cast.b)) == (counts[0] + 5, counts[1])
    with tenant_context(cast.a.tenant, role="admin"):
        assert SchoolClass.objects.filter(name="Algebra 1").exists()
    lines = [line.split() for line in out.splitlines()]
    assert ["users.csv", "5", "5", "0", "0", "0", "0", "0"] in lines
    assert ["enrollments.csv", "6", "6", "0", "0", "0", "0", "0"] in lines
    assert out.rstrip().endswith("Imported.")
    assert command(bundle(small())).rstrip().endswith("Nothing was new: nothing was changed.")


def test_rejected_rows_are_printed_and_written(bundle, tmp_path):
    files = small()
    files["enrollments"].append(enrollment("=cmd()", "c1", "ghost"))
    files["users"].append(user("u-g", "Gail", "Helper"))
    files["roles"].append(
        {"sourcedId": "r-g", "userSourcedId": "u-g", "role": "aide", "orgSourcedId": "s1"}
    )
    report = tmp_path / "report.csv"
    out = command(bundle(files), "--report", str(report))
    row = "enrollments.csv     8  =cmd()     the person “ghost” is not in users.csv"
    assert row in out
    assert out.rstrip().endswith("Imported. 1 rows were rejected.")
    with report.open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["level", "file", "line", "sourcedId", "column", "reason"]
    assert ["rejected", "enrollments.csv", "8", "'=cmd()", "userSourcedId",
            "the person “ghost” is not in users.csv"] in written  # fmt: skip
    assert ["skipped", "users.csv", "7", "u-g", "role",
            "the role “aide” has no counterpart here"] in written  # fmt: skip


def test_strict_imports_nothing(bundle, cast):
    before = people_of(cast.a)
    files = small()
    files["enrollments"].append(enrollment("e-9", "c1", "ghost"))
    with pytest.raises(CommandError, match="Nothing was imported: 1 rows were rejected") as caught:
        command(bundle(files), "--strict")
    assert caught.value.returncode == 1
    assert people_of(cast.a) == before


def test_dry_run(bundle, cast):
    before = people_of(cast.a)
    assert "Dry run: nothing was changed." in command(bundle(small()), "--dry-run")
    assert people_of(cast.a) == before


def test_an_unknown_school_gets_the_list(bundle):
    with pytest.raises(CommandError) as caught:
        call_command("import_oneroster", str(bundle(small())), "--school", "nowhere")
    assert str(caught.value) == ("There is no school “nowhere”. Schools: school-a, school-b.")


def test_the_platform_is_no_school(bundle):
    with pytest.raises(CommandError, match="no school “platform”"):
        call_command("import_oneroster", str(bundle(small())), "--school", "platform")


def test_sentences_for_files_that_are_none(tmp_path, cast):
    (tmp_path / "text.zip").write_text("hello")
    for path, sentence in (
        (tmp_path / "text.zip", "text.zip is not a zip file"),
        (tmp_path / "missing.zip", "missing.zip cannot be read: No such file or directory"),
    ):
        with pytest.raises(CommandError, match=sentence):
            command(path)


def test_a_report_that_cannot_be_written_is_said_before_anything_happens(bundle, tmp_path, cast):
    before = people_of(cast.a)
    with pytest.raises(CommandError, match="The report cannot be written"):
        command(bundle(small()), "--report", str(tmp_path / "no" / "report.csv"))
    assert people_of(cast.a) == before


def test_notes_are_grouped_unless_asked_for(bundle):
    files = small()
    for row in files["users"]:
        row["email"] = ""
    path = bundle(files)
    assert "users.csv: no e-mail address; a placeholder stands in (5 rows, first: line 2)" in (
        command(path)
    )
    assert "users.csv:6 u-s3: no e-mail address; a placeholder stands in" in (
        command(path, verbosity=2)
    )


def test_text_of_the_bundle_cannot_move_the_cursor(bundle):
    files = small()
    files["enrollments"].append(enrollment("e\u202e-9", "c1", "gh\u009bost"))
    out = command(bundle(files))
    assert "e?-9" in out
    assert "\u202e" not in out
    assert "\u009b" not in out
