"""Absences in the office: entering, deciding, the calls of the day, and what registers offer."""

from datetime import date, time, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from academics.models import Absence, AbsenceCall, Attendance
from core.defaults import today
from core.models import Tenant
from core.rls import tenant_context
from tests.academics.admin.test_register import form, messages_of, new_session, url
from tests.factories import academics, core

DAY = date(2026, 2, 2)
PAGES = ["absences", "call_list", "attendance_settings"]
ADD = "admin:academics_absence_add"


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def office(school, client, sign_in):
    return sign_in(client, school, school.admin)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def report(school, **fields):
    """Report an absence as the student's guardian."""
    with tenant_context(school.tenant, school.guardian):
        given = {"student": school.student, "starts_on": DAY, "ends_on": DAY}
        return academics.absence(**(given | fields))


def status_of(school, absence):
    with as_admin(school):
        return Absence.objects.get(pk=absence.pk).status


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("registrar", 200),
        ("bursar", 403),
        ("teacher", 403),
        ("student", 302),
        ("guardian", 302),
    ],
)
def test_the_pages_by_role(school, client, sign_in, page, who, status):
    sign_in(client, school, getattr(school, who))
    if (page, who) == ("attendance_settings", "registrar"):
        status = 403  # the school's settings are the admins'
    assert client.get(reverse(f"admin:{page}")).status_code == status


def test_a_registrar_enters_and_decides(school, client, sign_in):
    row = report(school)
    office = sign_in(client, school, school.registrar)
    office.post(reverse("admin:absences"), {"decide": f"approve:{row.pk}"})
    assert status_of(school, row) == "approved"
    assert office.post(reverse(ADD), entered(school, starts_on="9 Feb 2026")).status_code == 302
    with as_admin(school):
        entered_row = Absence.objects.get(starts_on=date(2026, 2, 9))
        assert (entered_row.source, entered_row.reported_by_id) == ("office", school.registrar.pk)
    office.post(reverse("admin:academics_absence_delete", args=[row.pk]), {"post": "yes"})
    with as_admin(school):
        assert not Absence.objects.filter(pk=row.pk).exists()


def test_a_student_of_another_school_is_not_called_about(cast, office):
    answer = office.post(
        reverse("admin:call_note", args=[cast.b.student.pk]), {"day": DAY, "outcome": "no_answer"}
    )
    assert answer.status_code == 404


# --- entering -----------------------------------------------------------------------------------
def entered(school, **fields):
    given = {"student": school.student.pk, "starts_on": "2 Feb 2026", "reason": "Ill"}
    return given | fields


def test_what_the_office_enters_is_approved(school, office):
    upload = SimpleUploadedFile("letter.txt", b"Ill for a week.")
    data = entered(school, ends_on="6 Feb 2026", note="called", new_file=upload)
    assert office.post(reverse(ADD), data).status_code == 302
    with as_admin(school):
        [row] = Absence.objects.filter(status="approved")
    assert (row.starts_on, row.ends_on) == (DAY, date(2026, 2, 6))
    assert (row.source, row.note, row.filename) == ("office", "called", "letter.txt")
    answer = office.get(reverse("absence_file", args=[row.pk]))
    assert b"".join(answer.streaming_content) == b"Ill for a week."
    assert office.get(reverse("admin:academics_absence_change", args=[row.pk])).status_code == 200


def test_one_day_needs_no_last_day(school, office):
    office.post(reverse(ADD), entered(school))
    with as_admin(school):
        assert Absence.objects.get(status="approved").ends_on == DAY


def test_the_profile_leads_to_the_form(school, office):
    address = f"{reverse(ADD)}?student={school.student.pk}"
    profile = office.get(reverse("admin:student_profile", args=[school.student.pk]))
    assert address in profile.content.decode()
    assert school.student.name in office.get(address).content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_on": "1 Feb 2026"}, "ends_on"),
        ({"ends_on": "1 Feb 2028"}, "ends_on"),
        ({"starts_at": "12:00", "ends_at": "11:00"}, "ends_at"),
        ({"reason": "No such reason"}, "reason"),
        ({"starts_on": "someday"}, "starts_on"),
        ({"new_file": SimpleUploadedFile("x.html", b"<html>")}, "new_file"),
        ({"new_file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}, "new_file"),
    ],
)
def test_wrong_entries_are_explained_at_their_field(school, office, fields, field):
    answer = office.post(reverse(ADD), entered(school, **fields))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    with as_admin(school):
        assert not Absence.objects.approved().exists()


def test_an_overlap_is_explained(school, office):
    office.post(reverse(ADD), entered(school))
    answer = office.post(reverse(ADD), entered(school))
    assert answer.context["adminform"].form.errors == {
        "starts_on": ["An absence of this student at that time is approved already."]
    }


def test_another_file_takes_the_place_of_the_first(
    school, office, django_capture_on_commit_callbacks
):
    office.post(reverse(ADD), entered(school, new_file=SimpleUploadedFile("a.txt", b"a")))
    with as_admin(school):
        row = Absence.objects.get(status="approved")
        first = row.stored_name
        assert default_storage.exists(first)
    change = reverse("admin:academics_absence_change", args=[row.pk])
    data = entered(school, ends_on="2 Feb 2026", new_file=SimpleUploadedFile("b.txt", b"b"))
    with django_capture_on_commit_callbacks(execute=True):
        assert office.post(change, data).status_code == 302
    with as_admin(school):
        row.refresh_from_db()
        assert (row.filename, default_storage.exists(first)) == ("b.txt", False)
        second = row.stored_name
    with django_capture_on_commit_callbacks(execute=True):
        office.post(reverse("admin:academics_absence_delete", args=[row.pk]), {"post": "yes"})
    with as_admin(school):
        assert not default_storage.exists(second)


# --- deciding -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("decline", "declined")])
def test_one_click_decides_on_one(school, office, verb, status):
    first = report(school)
    second = report(school, starts_on=DAY + timedelta(1), ends_on=DAY + timedelta(1))
    page = reverse("admin:absences")
    assert len(office.get(page).context["to_decide"]) == 4  # two of the cast
    office.post(page, {"decide": f"{verb}:{first.pk}"})
    assert (status_of(school, first), status_of(school, second)) == (status, "reported")


def test_several_are_decided_on_at_once_and_overlaps_stay(school, office):
    rows = [report(school), report(school)]
    data = {"decide": "approve:", "chosen": [row.pk for row in rows]}
    answer = office.post(reverse("admin:absences"), data)
    assert sorted(status_of(school, row) for row in rows) == ["approved", "reported"]
    said = messages_of(answer)
    assert said[0] == "1 absence was approved."
    assert "approved already" in said[1]


@pytest.mark.parametrize("data", [{}, {"decide": "approve:"}, {"decide": "burn:1"}])
def test_a_decision_on_nothing_is_explained(school, office, data):
    answer = office.post(reverse("admin:absences"), data)
    assert messages_of(answer) == ["Choose the absences that you want to decide on first."]


@pytest.mark.parametrize("key", ["x", "00000000-0000-4000-8000-000000000000"])
def test_a_report_that_is_gone_is_explained(school, office, key):
    answer = office.post(reverse("admin:absences"), {"decide": f"approve:{key}"})
    assert messages_of(answer) == ["Somebody else has decided on it already."]


def test_the_list_decides_too(school, office):
    row = report(school)
    data = {"action": "approve_selected", "_selected_action": [row.pk]}
    office.post(reverse("admin:academics_absence_changelist"), data)
    assert status_of(school, row) == "approved"


# --- the register -------------------------------------------------------------------------------
@pytest.fixture
def teacher(school, client, sign_in):
    return sign_in(client, school, school.teacher)


def shown(teacher, session):
    [row] = teacher.get(url(session)).context["rows"]
    return row.status, row.state, row.away


def enter(school, **fields):
    with as_admin(school):
        given = {"student": school.student, "starts_on": DAY, "ends_on": DAY, "status": "approved"}
        return academics.absence(**(given | fields))


def test_the_register_comes_prefilled(school, teacher):
    session = new_session(school)
    assert shown(teacher, session) == ("present", "offered", "")
    enter(school)
    assert shown(teacher, session) == ("excused", "offered", "Ill (office)")
    page = teacher.get(url(session))
    assert "Ill (office)" in page.content.decode()
    teacher.post(url(session), form(page, {school.student: "excused"}))
    assert shown(teacher, session)[:2] == ("excused", "saved")


@pytest.mark.parametrize(
    ("fields", "status", "text"),
    [
        ({"starts_on": date(2026, 1, 31)}, "excused", "Ill since 31 Jan (office)"),
        ({"starts_at": time(12), "ends_at": time(13)}, "excused", "Ill 12:00–13:00 (office)"),
        ({"starts_at": time(12, 30)}, "present", "Ill from 12:30 (office)"),
        ({"status": "reported"}, "present", "Ill (office), not approved yet"),
        ({"status": "declined"}, "present", ""),
        ({"starts_on": DAY + timedelta(1), "ends_on": DAY + timedelta(1)}, "present", ""),
    ],
)
def test_what_the_register_says_of_an_absence(school, teacher, fields, status, text):
    session = new_session(school)
    enter(school, **fields)
    assert shown(teacher, session) == (status, "offered", text)


def test_the_teacher_may_say_otherwise(school, teacher):
    session = new_session(school)
    enter(school)
    page = teacher.get(url(session))
    teacher.post(url(session), form(page, {school.student: "present"}))
    assert shown(teacher, session) == ("present", "saved", "Ill (office)")


def test_an_absence_after_the_register_changes_the_mark(school, teacher):
    session = new_session(school)
    teacher.post(url(session), form(teacher.get(url(session)), {school.student: "absent"}))
    absence = enter(school)
    assert shown(teacher, session)[0] == "excused"
    with as_admin(school):
        absence.delete()
    assert shown(teacher, session) == ("absent", "saved", "")


def test_minutes_and_codes_are_typed_in_the_register(school, teacher):
    with as_admin(school):
        Tenant.objects.filter(pk=school.tenant.pk).update(
            settings=school.tenant.settings | {"attendance_codes": [["M", "Medical", "excused"]]}
        )
    session = new_session(school)
    key = school.student.pk
    send = lambda data: teacher.post(url(session), form(teacher.get(url(session)), {}) | data)  # noqa: E731

    def recorded():
        with as_admin(school):
            row = Attendance.objects.get(class_session=session)
        return row.status, row.minutes_late, row.code

    send({f"status-{key}": "late", f"minutes-{key}": "12"})
    assert recorded() == ("late", 12, None)
    answer = send({f"status-{key}": "late", f"minutes-{key}": "soon"})
    assert "Minutes late are a number from 1 to 600." in answer.content.decode()
    assert recorded() == ("late", 12, None)
    send({f"status-{key}": "late", f"minutes-{key}": "12", f"code-{key}": "M"})
    assert recorded() == ("excused", None, "M")
    send({f"status-{key}": "absent", f"code-{key}": "M"})
    assert recorded() == ("absent", None, None)
    send({f"status-{key}": "absent", f"code-{key}": "nonsense"})
    assert recorded() == ("absent", None, None)


def test_the_roster_asks_once_whatever_it_shows(school, teacher, django_assert_num_queries):
    from academics.selectors import register  # the selector alone, not the page

    session = new_session(school)
    enter(school)
    with tenant_context(school.tenant, school.teacher):
        meeting = register.meeting(session.pk)
        with django_assert_num_queries(1):
            assert register.roster(meeting)[0].away.excuses


# --- calls --------------------------------------------------------------------------------------
@pytest.fixture
def missing(school):
    """The student was marked absent today, and has a guardian with a telephone."""
    with as_admin(school):
        day = today()
        session = new_session(school, day, start_time=time(0), end_time=time(0, 1))
        Attendance.objects.create(class_session=session, student=school.student, status="absent")
        school.guardian_record.phone = "+1 555 0100"
        school.guardian_record.save()
    return day


def call(office, school, day, outcome, **fields):
    address = reverse("admin:call_note", args=[school.student.pk])
    return office.post(address, {"day": day.isoformat(), "outcome": outcome} | fields)


def test_who_is_missing_without_a_reason_is_on_the_list(school, office, missing):
    page = office.get(reverse("admin:call_list"))
    [row] = page.context["to_call"]
    assert (row.name, [lesson.class_name for lesson in row.lessons]) == ("Student", ["Own Class"])
    assert 'href="tel:%2B15550100"' in page.content.decode()
    before = office.get(reverse("admin:call_list"), {"day": missing - timedelta(1)})
    assert before.context["to_call"] == []


def test_who_was_reported_is_not_called_about(school, office, missing):
    report(school, starts_on=missing, ends_on=missing)
    page = office.get(reverse("admin:call_list"))
    assert (page.context["to_call"], page.context["undecided"]) == ([], 1)


def test_an_excuse_by_telephone_makes_an_absence(school, office, missing):
    until = missing + timedelta(2)
    call(
        office, school, missing, "excused",
        spoken_to="Guardian", reason="Ill", until=until.isoformat(), note="fever",
    )  # fmt: skip
    with as_admin(school):
        row = Absence.objects.get(status="approved")
        assert (row.starts_on, row.ends_on, row.reason) == (missing, until, "Ill")
        assert row.note == "Spoken to Guardian. fever"
        assert AbsenceCall.objects.get(day=missing).outcome == "excused"
        assert Attendance.objects.get(class_session__session_date=missing).status == "excused"
    assert office.get(reverse("admin:call_list")).context["to_call"] == []


def test_several_tries_without_an_answer_are_kept(school, office, missing):
    call(office, school, missing, "no_answer")
    call(office, school, missing, "no_answer")
    [row] = office.get(reverse("admin:call_list")).context["to_call"]
    assert [tried.outcome for tried in row.calls] == ["no_answer", "no_answer"]
    call(office, school, missing, "not_excused", spoken_to="Guardian")
    context = office.get(reverse("admin:call_list")).context
    assert (context["to_call"], len(context["spoken_to"])) == ([], 1)


def test_wrong_calls_are_explained_and_write_nothing(school, office, missing):
    for outcome, fields in (
        ("excused", {}),
        ("excused", {"reason": "Ill", "until": "someday"}),
        ("excused", {"reason": "Ill", "until": (missing - timedelta(1)).isoformat()}),
        ("lost", {}),
    ):
        answer = call(office, school, missing, outcome, **fields)
        assert answer.status_code == 302
        assert messages_of(answer)[-1].startswith("Student: ")
    with as_admin(school):
        assert not AbsenceCall.objects.filter(day=missing).exists()
        assert not Absence.objects.approved().exists()


def test_the_day_of_the_list_is_the_schools(cast, client, sign_in):
    """Auckland and Los Angeles never have the same hour, and for hours not the same date."""
    for school in (cast.a, cast.b):
        page = sign_in(client, school, school.admin).get(reverse("admin:call_list"))
        assert page.context["day"] == school.tenant.today()


def test_the_queries_of_the_list_do_not_grow(school, missing, django_assert_num_queries):
    from academics.selectors import call_list

    with as_admin(school):
        with django_assert_num_queries(3):
            assert len(call_list.missing_on(missing)) == 1
        session = new_session(school, missing, start_time=time(0, 2), end_time=time(0, 3))
        for number in range(3):
            student = core.user(name=f"Another {number}", email=f"n{number}@a.example")
            academics.enrollment(
                student=student, school_class=school.school_class, enrollment_date=DAY
            )
            academics.attendance(class_session=session, student=student, status="absent")
        with django_assert_num_queries(3):
            assert len(call_list.missing_on(missing)) == 4


# --- settings -----------------------------------------------------------------------------------
def test_reasons_and_codes_are_the_schools(school, office):
    data = {
        "attendance_taken": "both",
        "daily_register_time": "7:45",
        "absence_reasons": "Ill\n\nStrike ",
        "attendance_codes-code": ["M", "Sch", ""],
        "attendance_codes-name": ["Medical", "School event", ""],
        "attendance_codes-status": ["excused", "Present", ""],
    }
    assert office.post(reverse("admin:attendance_settings"), data).status_code == 302
    with as_admin(school):
        settings = Tenant.objects.get(pk=school.tenant.pk).settings
    assert settings["absence_reasons"] == ["Ill", "Strike"]
    assert (settings["attendance_taken"], settings["daily_register_time"]) == ("both", "07:45")
    assert settings["attendance_codes"] == [
        ["M", "Medical", "excused"],
        ["Sch", "School event", "present"],
    ]
    assert "Strike" in office.get(reverse(ADD)).content.decode()


@pytest.mark.parametrize(
    "row",
    [
        ("M", "Medical", "ill"),
        ("M M", "Medical", "late"),
        ("M", "", "late"),
        ("M" * 11, "x", "late"),
    ],
)
def test_wrong_codes_are_explained(school, office, row):
    names = ("code", "name", "status")
    data = {f"attendance_codes-{name}": value for name, value in zip(names, row, strict=True)}
    answer = office.post(reverse("admin:attendance_settings"), data)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["attendance_codes"]
