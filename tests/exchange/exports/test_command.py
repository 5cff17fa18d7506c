"""`manage.py export_report`."""

import io
import os
import stat
import sys
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditLog, Tenant, User
from core.rls import tenant_context
from exchange.exports import engine
from exchange.models import Export
from tests.factories.files import read_csv, read_xlsx

# Schools are looked up as the owner, before any context exists.
pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def export(cast, tmp_path):
    """Return a function that runs the command for School A and returns what it says."""

    def run(report="user_roster_v1", *arguments, person=None, output=None, stderr=None):
        stderr = stderr or io.StringIO()
        call_command(
            "export_report",
            report,
            "--school=school-a",
            f"--as={person or cast.a.admin.email}",
            f"--output={output or tmp_path / 'file'}",
            *arguments,
            stderr=stderr,
            no_color=True,
        )
        return stderr.getvalue()

    return run


def test_file_holds_what_the_person_may_see(cast, export, tmp_path):
    assert export("attendance_report_v1", person=cast.a.teacher.email) == "1 row.\n"
    _header, row = read_csv((tmp_path / "file").read_bytes())
    assert row[1:4] == [cast.a.school_class.name, cast.a.school_class.code, cast.a.student.name]
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_filters_sort_and_format(cast, export, tmp_path):
    said = export("user_roster_v1", "--format=xlsx", "--filter=role=student", "--sort=-name")
    assert said == "2 rows.\n"
    _header, *rows = read_xlsx((tmp_path / "file").read_bytes())
    assert [row[1] for row in rows] == [cast.a.student.email, cast.a.other_student.email]


def test_pdf(export, tmp_path):
    export("user_roster_v1", "--format=pdf")
    assert (tmp_path / "file").read_bytes().startswith(b"%PDF-")


def test_minus_is_standard_output(export, monkeypatch):
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=data, flush=data.flush))
    export(output="-")
    assert len(read_csv(data.getvalue())) == 10


def test_moments_are_the_schools(cast, export, tmp_path, monkeypatch):
    monkeypatch.setattr(Tenant, "timezone", ZoneInfo("Asia/Tokyo"))
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(role="admin").update(last_login="2026-03-01T20:00:00+00:00")
    export("user_roster_v1", "--filter=role=admin")
    header, row = read_csv((tmp_path / "file").read_bytes())
    assert row[header.index("Last sign-in")] == "2026-03-02 05:00"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing_v1"], "There is no report 'nothing_v1'; there are user_roster_v1, "),
        (["user_roster_v1", "--school=nowhere"], "There is no school 'nowhere'."),
        (["user_roster_v1", "--as=x@y.example"], "Nobody at School A has the e-mail address"),
        (["user_roster_v1", "--format=doc"], "There is no format 'doc'; choose one of csv, xlsx,"),
        (["user_roster_v1", "--filter=role"], "'role' is not a filter; write it as NAME=VALUE."),
        (["user_roster_v1", "--filter=role=boss"], "role: “boss” is not one of"),
        (["user_roster_v1", "--filter=nothing=1"], "nothing: This report has no filter “nothing”."),
        (["user_roster_v1", "--sort=nothing"], "sort: This report cannot be sorted by “nothing”."),
        (
            ["payment_ledger_v1", "--as=teacher@school-a.example"],
            "teacher@school-a.example is a teacher and may not run payment_ledger_v1.",
        ),
        (
            ["user_roster_v1", "--as=student@school-a.example"],
            "student@school-a.example is a student and may not run user_roster_v1.",
        ),
        (["user_roster_v1", "--as=admin@school-b.example"], "Nobody at School A has the e-mail"),
        (["user_roster_v1", "--output=/nowhere/file"], "/nowhere/file cannot be written: No such"),
        (["user_roster_v1", "--output=/"], "/ is not a file; use - for standard output."),
    ],
)
def test_what_cannot_be_done_is_said(export, tmp_path, arguments, sentence):
    with pytest.raises(CommandError) as refusal:
        export(*arguments)
    assert str(refusal.value).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


def test_somebody_who_may_not_sign_in_has_no_rights(cast, export):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.teacher.pk).update(status="suspended")
    with pytest.raises(CommandError, match="teacher@school-a.example may not sign in"):
        export(person=cast.a.teacher.email)


def test_failure_leaves_the_file_that_was_there(export, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("before")

    def fail(file, *arguments, **options):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "write", fail)
    with pytest.raises(KeyboardInterrupt):
        export()
    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "before"


def test_refusal_of_the_format_is_a_sentence(export, tmp_path, monkeypatch):
    monkeypatch.setattr("exchange.exports.pdf_file.MAX_ROWS", 2)
    with pytest.raises(CommandError, match="A PDF holds at most 2 rows"):
        export("user_roster_v1", "--format=pdf")
    assert list(tmp_path.iterdir()) == []


def test_terminal_sees_progress(export):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert export(stderr=Terminal()) == "\r9 rows ...\r\033[K9 rows.\n"


def recorded(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        return list(Export.objects.filter(origin="command").order_by("-created_at"))


def test_who_took_what_is_recorded(cast, export, tmp_path):
    export("attendance_report_v1", "--filter=status=present", person=cast.a.teacher.email)
    (row,) = recorded(cast)
    assert (row.template_id, row.filters["status"]) == ("attendance_report_v1", "present")
    assert (row.requested_by_id, row.requester_role) == (cast.a.teacher.pk, "teacher")
    assert (row.filename, row.row_count) == ("file", 1)
    assert (row.file_size, row.expires_at) == ((tmp_path / "file").stat().st_size, None)
    with tenant_context(cast.a.tenant, cast.a.admin):
        trace = AuditLog.objects.get(resource_id=row.pk)
    assert (trace.user_id, trace.metadata["source"]) == (cast.a.teacher.pk, "export_report")


def test_what_failed_is_not_recorded(cast, export, tmp_path):
    with pytest.raises(CommandError):
        export("user_roster_v1", output=tmp_path / "no" / "file")
    assert recorded(cast) == []
