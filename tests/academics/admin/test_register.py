"""The attendance register: who is on it, what is saved, and what nobody overwrites unseen."""

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Attendance, ClassSession, ClosedDay, Enrollment
from academics.selectors import attendance_day, register
from core.models import StudentGuardian, User
from core.rls import tenant_context

FIELD = re.compile(r'name="opened-([0-9a-f-]+)" value="([^"]*)"')
DAY = date(2026, 2, 2)


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def teacher(school, client, sign_in):
    return sign_in(client, school, school.teacher)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def url(session, name="register"):
    return reverse(f"admin:{name}", args=[session.pk])


def add_students(school, count, **enrollment):
    with as_admin(school):
        people = User.objects.bulk_create(
            User(email=f"s{n}@a.example", name=f"Student {n:02}", role="student")
            for n in range(count)
        )
        school.school_class.__class__.objects.filter(pk=school.school_class.pk).update(capacity=50)
        Enrollment.objects.bulk_create(
            Enrollment(
                **{"school_class": school.school_class, "student": person, "enrollment_date": DAY}
                | enrollment
            )
            for person in people
        )
    return people


def new_session(school, day=DAY, **fields):
    with as_admin(school):
        return ClassSession.objects.create(
            **{
                "school_class": school.school_class,
                "session_date": day,
                "start_time": time(12),
                "end_time": time(13),
            }
            | fields
        )


def opened(page):
    """Return what each row of the page looked like when it was opened, by student."""
    return {key: unescape(value) for key, value in FIELD.findall(page.content.decode())}


def form(page, marks, notes=None):
    """Return what the browser would send: the page's rows with these marks."""
    data = {f"opened-{key}": value for key, value in opened(page).items()}
    data |= {f"status-{student.pk}": mark for student, mark in marks.items()}
    return data | {f"notes-{student.pk}": text for student, text in (notes or {}).items()}


def recorded(school, session):
    with as_admin(school):
        rows = Attendance.objects.filter(class_session=session).select_related("student")
        return {row.student.name: (row.status, row.notes) for row in rows}


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["register", "register_cancel"])
@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("teacher", 200), ("outsider", 404), ("student", 302)]
)
def test_the_register_by_role(cast, client, sign_in, role, status, name):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.get(url(cast.a.session, name)).status_code == status
    if status == 200:
        assert client.get(url(cast.b.session, name)).status_code == 404


def test_a_stranger_saves_nothing(school, client, sign_in):
    session = new_session(school)
    sign_in(client, school, school.outsider)
    data = {f"opened-{school.student.pk}": "", f"status-{school.student.pk}": "absent"}
    assert client.post(url(session), data).status_code == 404
    assert recorded(school, session) == {}


def test_a_deleted_class_has_no_register(school, client, sign_in):
    with as_admin(school):
        school.school_class.__class__.objects.get(pk=school.school_class.pk).delete()
    sign_in(client, school, school.admin)
    assert client.get(url(school.session)).status_code == 404


# --- who is on it -------------------------------------------------------------------------------
def test_the_roster_is_that_of_the_day(school):
    session = new_session(school)
    with as_admin(school):
        people = {
            name: User.objects.create(email=f"{n}@a.example", name=name, role="student")
            for n, name in enumerate(
                ("later", "left before", "left after", "left, marked", "deleted")
            )
        }
        rows = [
            ("later", {"enrollment_date": DAY + timedelta(days=1)}),
            ("left before", {"status": "dropped", "completion_date": DAY - timedelta(days=1)}),
            ("left after", {"status": "dropped", "completion_date": DAY}),
            ("left, marked", {}),
            ("deleted", {}),
        ]
        for name, fields in rows:
            Enrollment.objects.create(
                **{
                    "student": people[name],
                    "school_class": school.school_class,
                    "enrollment_date": DAY - timedelta(days=9),
                }
                | fields
            )
        # Left and came back: one line.
        Enrollment.objects.create(
            student=people["left after"], school_class=school.school_class, enrollment_date=DAY
        )
        Attendance.objects.create(
            class_session=session, student=people["left, marked"], status="late"
        )
        Enrollment.objects.filter(student=people["left, marked"]).update(
            status="dropped", completion_date=DAY - timedelta(days=1)
        )
        people["deleted"].delete()
    with tenant_context(school.tenant, school.teacher):
        lines = register.roster(register.meeting(session.pk))
    assert [(line.name, line.is_enrolled, line.status) for line in lines] == [
        ("left after", True, None),
        ("left, marked", False, "late"),
        ("Student", True, None),
    ]


def test_present_is_offered_until_the_register_is_taken(school, teacher):
    session = new_session(school)
    add_students(school, 2)
    page = teacher.get(url(session))
    assert [row.state for row in page.context["rows"]] == ["offered"] * 3
    assert recorded(school, session) == {}
    teacher.post(url(session), form(page, {school.student: "late"}))
    page = teacher.get(url(session))
    assert [row.state for row in page.context["rows"]] == ["saved", "blank", "blank"]
    assert page.context["taken"].startswith("Taken by Teacher, ")
    assert recorded(school, session) == {"Student": ("late", None)}


def test_the_history_is_of_the_sessions_before(school, teacher):
    session = new_session(school)
    page = teacher.get(url(session))
    assert [row.history for row in page.context["rows"]] == [
        (
            "2 Feb Present",
            '<span class="reg__past reg__past--present" title="Mon 2 Feb 2026: Present"'
            ' aria-hidden="true">P</span>',
        )
    ]
    shown = page.context["session"]
    assert (shown.previous_id, shown.next_id) == (school.session.pk, None)
    before = teacher.get(url(school.session))
    assert before.context["rows"][0].history == ("", "")
    shown = before.context["session"]
    assert (shown.previous_id, shown.next_id) == (None, session.pk)


# --- saving -------------------------------------------------------------------------------------
def test_saving_marks_and_notes(school, teacher):
    session = new_session(school)
    first, second = add_students(school, 2)
    page = teacher.get(url(session))
    data = form(page, {first: "present", second: "excused"}, {second: " ill \n today ", first: ""})
    response = teacher.post(url(session), data)
    assert response.status_code == 302
    assert messages_of(response) == ["2 marks saved."]
    assert recorded(school, session) == {
        "Student 00": ("present", None),
        "Student 01": ("excused", "ill today"),
    }
    with as_admin(school):
        assert ClassSession.objects.get(pk=session.pk).status == "completed"
        assert {row.recorded_by_id for row in Attendance.objects.filter(class_session=session)} == {
            school.teacher.pk
        }


@pytest.mark.parametrize("count", [1, 30])
def test_a_register_is_saved_with_few_queries_and_one_insert(school, teacher, count):
    session = new_session(school)
    people = add_students(school, count)
    page = teacher.get(url(session))
    data = form(page, dict.fromkeys(people, "present"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert teacher.post(url(session), data).status_code == 302
    assert len(queries) == 12  # with signing in and the context; at most 12 are allowed
    inserts = [q["sql"] for q in queries if "insert into attendance" in q["sql"]]
    assert len(inserts) == 1
    assert len(recorded(school, session)) == count


def test_the_page_is_opened_with_as_many_queries_whatever_the_class(school, teacher):
    session = new_session(school)
    teacher.get(url(session))
    with CaptureQueriesContext(connection) as small:
        teacher.get(url(session))
    add_students(school, 30)
    with CaptureQueriesContext(connection) as large:
        assert len(teacher.get(url(session)).context["rows"]) == 31
    assert len(small) == len(large)


def test_only_what_changed_is_written(school, teacher):
    first, second = add_students(school, 2)
    page = teacher.get(url(school.session))
    data = form(page, {school.student: "present", first: "absent", second: ""})
    with as_admin(school):
        before = Attendance.objects.get(pk=school.attendance.pk).updated_at
    assert messages_of(teacher.post(url(school.session), data)) == ["1 mark saved."]
    with as_admin(school):
        assert Attendance.objects.get(pk=school.attendance.pk).updated_at == before
    assert recorded(school, school.session) == {
        "Student": ("present", None),
        "Student 00": ("absent", None),
    }


def test_a_note_without_a_mark_and_a_note_that_is_too_long_come_back(school, teacher):
    session = new_session(school)
    first, second = add_students(school, 2)
    page = teacher.get(url(session))
    marks = {school.student: "late", first: "", second: "late"}
    response = teacher.post(url(session), form(page, marks, {first: "Where?", second: "x" * 501}))
    text = response.content.decode()
    assert "Choose a mark as well; a note alone is not kept." in text
    assert "at most 500 characters" in text
    assert 'value="Where?"' in text
    assert recorded(school, session) == {"Student": ("late", None)}


def test_strangers_and_nonsense_in_the_form_are_left_out(cast, school, teacher):
    session = new_session(school)
    page = teacher.get(url(session))
    data = form(page, {school.student: "asleep"})
    for person in (school.other_student, cast.b.student):
        data |= {f"opened-{person.pk}": "", f"status-{person.pk}": "present"}
    response = teacher.post(url(session), data)
    assert messages_of(response)[0].startswith("2 students are no longer on this register")
    assert recorded(school, session) == {}
    data = form(teacher.get(url(school.session)), {school.student: "late"})
    for opened in (
        "yesterday|asleep|",
        "0001-01-01T00:00:00+23:59|present|x",
        "9999-12-31T23:59:59-23:59|present|x",
    ):
        data[f"opened-{school.student.pk}"] = opened
        assert teacher.post(url(school.session), data).status_code == 409


# --- two people at once -------------------------------------------------------------------------
def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(school, teacher):
    first, second = add_students(school, 2)
    page = teacher.get(url(school.session))
    mine = {school.student: "late", first: "absent", second: "present"}
    data = form(page, mine, {school.student: "bus"})
    with as_admin(school):
        row = Attendance.objects.get(pk=school.attendance.pk)
        row.status, row.recorded_by = "absent", school.admin
        row.save(update_fields=["status", "recorded_by"])
        Attendance.objects.create(class_session=school.session, student=second, status="present")
    answer = teacher.post(url(school.session), data)
    assert answer.status_code == 409
    (clash,) = answer.context["clashes"]
    assert (clash.line.name, clash.yours, clash.theirs) == ("Student", "Late (bus)", "Absent")
    assert clash.other.startswith("Admin, ")  # whose row of users the teacher does not read
    everything_else = {"Student 00": ("absent", None), "Student 01": ("present", None)}
    assert recorded(school, school.session) == {"Student": ("absent", None)} | everything_else

    # Saved again without a choice, nothing is overwritten either.
    again = form(answer, mine, {school.student: "bus"}) | {f"clash-{school.student.pk}": "1"}
    undecided = teacher.post(url(school.session), again)
    assert [row.yours for row in undecided.context["clashes"]] == ["Late (bus)"]
    choice = f"choice-{school.student.pk}"
    assert messages_of(teacher.post(url(school.session), again | {choice: "theirs"}))[0].startswith(
        "No"
    )
    assert recorded(school, school.session)["Student"] == ("absent", None)
    teacher.post(url(school.session), again | {choice: "mine"})
    assert recorded(school, school.session) == {"Student": ("late", "bus")} | everything_else


def test_what_somebody_else_changed_in_a_row_left_alone_is_no_conflict(school, teacher):
    page = teacher.get(url(school.session))
    data = form(page, {school.student: "present"})
    with as_admin(school):
        Attendance.objects.filter(pk=school.attendance.pk).update(status="excused")
    assert teacher.post(url(school.session), data).status_code == 302
    assert recorded(school, school.session) == {"Student": ("excused", None)}


def test_a_correction_elsewhere_says_who_made_it(school, client, sign_in):
    sign_in(client, school, school.admin)
    page = client.get(reverse("admin:academics_classsession_change", args=[school.session.pk]))
    formset = page.context["inline_admin_formsets"][0].formset
    (row,) = formset.initial_forms
    data = {
        "session_date": DAY,
        "start_time": "10:00",
        "end_time": "11:00",
        "status": "completed",
        **{
            f"{formset.prefix}-{name}": formset.management_form[name].value()
            for name in formset.management_form.fields
        },
        **{f"{row.prefix}-{name}": row[name].value() for name in row.fields},
        f"{row.prefix}-status": "late",
    }
    data = {name: "" if value is None else value for name, value in data.items()}
    assert client.post(page.request["PATH_INFO"], data).status_code == 302
    first, changed = told_of(school)
    assert changed.by == first.by == "Admin"
    data = {"status": "excused", "notes": "", "_save": "1"}
    client.post(reverse("admin:academics_attendance_change", args=[school.attendance.pk]), data)
    assert recorded(school, school.session) == {"Student": ("excused", None)}
    sign_in(client, school, school.teacher)
    assert client.get(url(school.session)).context["changed"].startswith("changed by Admin, ")


def told_of(school):
    with as_admin(school):
        return register.taken(register.roster(register.meeting(school.session.pk)))


def test_names_of_colleagues_are_shown_in_own_sessions_only(school):
    for role, expected in [("teacher", 1), ("outsider", 1), ("student", 0), ("guardian", 0)]:
        with tenant_context(school.tenant, getattr(school, role)), connection.cursor() as cursor:
            cursor.execute("select name from app.attendance_recorders")
            assert len(cursor.fetchall()) == expected


# --- sessions without attendance ----------------------------------------------------------------
def test_a_cancelled_and_a_future_session_refuse(school, teacher):
    cancelled = new_session(school, status="cancelled")
    future = new_session(school, school.tenant.today() + timedelta(days=1))
    for session, sentence in [(cancelled, "is cancelled"), (future, "still to come")]:
        page = teacher.get(url(session))
        assert sentence in page.content.decode()
        assert page.context["rows"] == []
        data = {f"opened-{school.student.pk}": "", f"status-{school.student.pk}": "present"}
        assert sentence in messages_of(teacher.post(url(session), data))[0]
        assert recorded(school, session) == {}


def test_a_session_is_cancelled_after_asking_and_restored(school, teacher):
    session = new_session(school)
    assert "Cancel Own Class" in teacher.get(url(session, "register_cancel")).content.decode()
    teacher.post(url(session, "register_cancel"), {"notes": "Ill"})
    with as_admin(school):
        stored = ClassSession.objects.get(pk=session.pk)
        assert (stored.status, stored.notes) == ("cancelled", "Ill")
    assert teacher.get(url(session, "register_restore")).status_code == 405
    teacher.post(url(session, "register_restore"))
    with as_admin(school):
        assert ClassSession.objects.get(pk=session.pk).status == "scheduled"


def test_a_session_with_attendance_is_not_cancelled(school, teacher):
    response = teacher.post(url(school.session, "register_cancel"), {"notes": ""})
    assert "cannot be cancelled" in messages_of(response)[0]
    with as_admin(school):
        assert ClassSession.objects.get(pk=school.session.pk).status == "scheduled"


@pytest.mark.parametrize(
    ("name", "read"), [("register", "meeting"), ("register_cancel", "session_for")]
)
def test_a_session_deleted_meanwhile_is_reported(school, teacher, monkeypatch, name, read):
    """Deleted after the page has read it: a sentence, nothing written, no error of the server."""
    session = new_session(school)
    page = teacher.get(url(session))
    find = getattr(register, read)

    def late(session_id):
        session = find(session_id)
        ClassSession.objects.filter(pk=session_id).delete()
        return session

    monkeypatch.setattr(register, read, late)
    with as_admin(school):
        data = form(page, {school.student: "late"}, {school.student: "Bus"})
    response = teacher.post(url(session, name), data)
    assert "deleted meanwhile" in messages_of(response)[0]
    assert response.status_code == (200 if name == "register" else 302)
    if name == "register":
        assert 'value="Bus"' in response.content.decode()


# --- the day ------------------------------------------------------------------------------------
def test_the_day_shows_what_is_missing_and_who_was_away(school, client, sign_in):
    with as_admin(school):
        Attendance.objects.filter(pk=school.attendance.pk).update(status="absent")
        StudentGuardian.objects.get(student=school.student).guardian.__class__.objects.filter(
            pk=school.guardian_record.pk
        ).update(phone="+49 30 1234")
    missing = new_session(school)
    new_session(school, start_time=time(14), end_time=time(15), status="cancelled")
    address = f"{reverse('admin:attendance_day')}?day={DAY}"
    for role, taken in [("admin", 2), ("teacher", 1)]:
        sign_in(client, school, getattr(school, role))
        page = client.get(address)
        assert [meeting.pk for meeting in page.context["missing"]] == [missing.pk]
        assert len(page.context["taken"]) == taken
        (away,) = page.context["absentees"]
        assert (away.name, away.is_excused) == ("Student", False)
        assert "tel:%2B49301234" in page.content.decode()
    sign_in(client, school, school.outsider)
    page = client.get(address)
    assert (page.context["missing"], page.context["absentees"]) == ([], [])
    sign_in(client, school, school.student)
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("asked", ["", "soon", "0001-01-01", "2026-02-30"])
def test_a_day_that_is_none_is_today(school, teacher, asked):
    page = teacher.get(reverse("admin:attendance_day"), {"day": asked})
    assert page.context["day"] == school.tenant.today()
    assert ("is not a date" in page.content.decode()) == bool(asked)


def test_no_false_alarms(school):
    """Cancelled, closed and empty days are not missing, nor classes nobody had joined yet."""
    with as_admin(school):
        before = DAY - timedelta(days=60)  # nobody was enrolled
        closed = DAY + timedelta(days=60)
        ClosedDay.objects.create(name="Holiday", start_date=closed, end_date=closed)
    for day in (before, closed):
        new_session(school, day)
    with tenant_context(school.tenant, school.teacher):
        assert [meeting.state for meeting in attendance_day.meetings(before)] == ["empty"]
        assert [meeting.state for meeting in attendance_day.meetings(closed)] == ["closed"]


@pytest.mark.parametrize("times", [1, 3])
def test_the_queries_of_the_day_do_not_grow(school, teacher, times, django_assert_num_queries):
    for student in add_students(school, times):
        session = new_session(school)
        with as_admin(school):
            Attendance.objects.create(class_session=session, student=student, status="absent")
    # With the one that tells the context.
    with tenant_context(school.tenant, school.teacher), django_assert_num_queries(6):
        attendance_day.meetings(DAY)
        ClosedDay.objects.on(DAY).first()
        assert len(attendance_day.absentees(DAY)) == times
