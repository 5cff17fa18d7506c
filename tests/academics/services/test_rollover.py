"""A term is rolled over: what is copied and what not, once, all of it or nothing."""

import uuid
from datetime import date, time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from academics.models import (
    AcademicYear,
    Assignment,
    AssignmentWeight,
    Enrollment,
    Schedule,
    SchoolClass,
    Term,
    WaitlistEntry,
)
from academics.services import files, rollover
from academics.services.rollover import Choice, RolloverRefused, copying
from core import hosts
from core.models import AuditLog, User
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A: its two classes in the term of the cast, which ends on 30 June 2026."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=cast.a.term)
        yield cast.a


@pytest.fixture
def autumn(school):
    """A term that begins on a Tuesday, 35 weeks less two days after the other."""
    year = AcademicYear.objects.create(
        name="2026/27", start_date=date(2026, 8, 1), end_date=date(2027, 7, 31)
    )
    return Term.objects.create(
        academic_year=year,
        name="Autumn",
        start_date=date(2026, 9, 1),
        end_date=date(2026, 12, 20),
    )


def go(school, target, choices=None, **options):
    if choices is None:
        choices = {school.school_class.pk: Choice()}
    return rollover.carry_out(
        source=school.term, target=target, choices=choices, by=school.admin, **options
    )


def test_dates_at_the_end_of_the_calendar_come_into_the_term(school, autumn):
    far = date.max
    Assignment.objects.filter(pk=school.assignment.pk).update(due_date=far)
    SchoolClass.objects.filter(pk=school.school_class.pk).update(start_date=far, end_date=far)
    go(school, autumn)
    copy = copy_of(school.school_class, autumn)
    assert (copy.start_date, copy.end_date) == (autumn.end_date, autumn.end_date)
    assert copy.assignments.get().due_date == autumn.end_date


def copy_of(school_class, target):
    return SchoolClass.objects.get(term=target, name=school_class.name)


def test_a_class_is_copied_with_its_slots_assignments_and_weights(school, autumn):
    result = go(school, autumn)
    assert (result.copied, result.slots, result.assignments, result.enrolled) == (1, 1, 1, 0)
    copy = copy_of(school.school_class, autumn)
    assert (copy.code, copy.teacher, copy.status) == ("C1", school.teacher, "active")
    # 35 weeks after 5 January; a class without a last day ends with the term.
    assert (copy.start_date, copy.end_date) == (date(2026, 9, 7), date(2026, 12, 20))
    slot = copy.schedules.get()
    assert (slot.weekday, slot.start_time, slot.room) == (1, time(10), "12")
    work = copy.assignments.get()
    assert (work.title, work.max_score, work.status) == ("essay", 20, "active")
    assert (work.assigned_date, work.due_date) == (date(2026, 10, 5), date(2026, 10, 12))
    assert work.due_date.weekday() == school.assignment.due_date.weekday()
    assert AssignmentWeight.objects.get(school_class=copy).weight == 50
    assert not copy.sessions.exists()
    assert school.school_class.assignments.count() == 1


def test_a_class_without_a_last_day_ends_with_its_term(school, autumn):
    """Or it would keep its own copy out of the room."""
    go(school, autumn)
    ends = dict(SchoolClass.objects.filter(term=school.term).values_list("code", "end_date"))
    assert ends == {"C1": school.term.end_date, "OTHER_C1": None}


def test_days_stay_within_the_target(school, autumn):
    Assignment.objects.update(due_date=date(2026, 6, 30))
    go(school, autumn)
    assert copy_of(school.school_class, autumn).assignments.get().due_date == autumn.end_date


def test_what_is_there_is_not_copied_again(school, autumn):
    go(school, autumn)
    again = go(school, autumn)
    assert (again.copied, again.already_there, again.slots, again.assignments) == (0, 1, 0, 0)
    assert SchoolClass.objects.filter(term=autumn).count() == 1
    rows = rollover.preview(source=school.term, target=autumn).rows
    assert [row.existing is not None for row in rows] == [False, True]  # what is done comes last


def test_students_go_along_and_the_others_wait(school, autumn):
    SchoolClass.objects.update(capacity=1)
    second = User.objects.create_user("second@a.example", name="Second", role="student")
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=2)
    Enrollment.objects.create(
        school_class=school.school_class, student=second, enrollment_date=date(2026, 2, 1)
    )
    result = go(
        school,
        autumn,
        {
            school.school_class.pk: Choice(copy=False, students_to="Other Class (OTHER_C1)"),
            school.other_class.pk: Choice(students_to="copy"),
        },
    )
    copy = copy_of(school.other_class, autumn)
    assert result.classes == [(str(copy.pk), "Other Class (OTHER_C1)", 1, 2, 0)]
    taken = Enrollment.objects.get(school_class=copy)
    assert taken.enrollment_date == copy.start_date
    waiting = WaitlistEntry.objects.waiting().filter(school_class=copy)
    assert {taken.student_id, *waiting.values_list("student", flat=True)} == {
        school.student.pk,
        school.other_student.pk,
        second.pk,
    }
    again = go(school, autumn, {school.other_class.pk: Choice(students_to="copy")})
    assert (again.enrolled, again.waiting, again.enrolled_already) == (0, 0, 1)
    assert again.classes == [(str(copy.pk), "Other Class (OTHER_C1)", 0, 0, 1)]


def test_a_repeated_roll_over_says_who_is_there_already(school, autumn):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=1)
    choices = {school.school_class.pk: Choice(students_to="copy")}

    def enroll(name):
        student = User.objects.create_user(f"{name}@a.example", name=name, role="student")
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=9)
        Enrollment.objects.create(
            school_class=school.school_class, student=student, enrollment_date=date(2026, 2, 1)
        )

    def counts():
        rows = rollover.preview(source=school.term, target=autumn).rows
        [row] = [row for row in rows if row.source.pk == school.school_class.pk]
        there = (row.enrolled_there, row.waiting_there)
        return row.students, there, row.new_students, row.seats, row.without_seat

    assert counts() == (1, (0, 0), 1, 1, 0)
    go(school, autumn, choices)
    SchoolClass.objects.filter(term=autumn).update(capacity=1)
    assert counts() == (1, (1, 0), 0, 0, 0)  # who is there needs no other seat
    enroll("second")
    go(school, autumn, choices)
    enroll("third")
    assert counts() == (3, (1, 1), 1, 0, 1)
    again = go(school, autumn, choices)
    assert (again.enrolled, again.enrolled_already, again.waiting_already, again.waiting) == (
        0,
        1,
        1,
        1,
    )


def test_completing_ends_classes_enrollments_and_queues(school, autumn):
    SchoolClass.objects.update(capacity=1)
    WaitlistEntry.objects.create(school_class=school.school_class, student=school.other_student)
    choices = {school.school_class.pk: Choice(students_to="copy")}
    result = go(school, autumn, choices, complete=True)
    assert (result.completed_classes, result.completed_enrollments, result.enrolled) == (1, 1, 1)
    old = SchoolClass.objects.get(pk=school.school_class.pk)
    place = Enrollment.objects.get(pk=school.enrollment.pk)
    assert (old.status, place.status, place.completion_date) == (
        "completed",
        "completed",
        school.term.end_date,
    )
    assert not WaitlistEntry.objects.waiting().filter(school_class=old).exists()
    other = SchoolClass.objects.get(pk=school.other_class.pk)
    assert other.status == "active"
    # Who completed the class can still be taken along later.
    Enrollment.objects.filter(school_class__term=autumn).delete()
    assert go(school, autumn, choices).enrolled == 1


def test_a_taken_room_is_previewed_and_refused(school, autumn):
    SchoolClass.objects.update(end_date=school.term.end_date)
    rival = SchoolClass.objects.create(
        name="Rival", code="R", start_date=autumn.start_date, end_date=autumn.end_date, term=autumn
    )
    Schedule.objects.create(
        school_class=rival, weekday=1, start_time=time(10, 30), end_time=time(12), room=" 12 "
    )
    plan = rollover.preview(source=school.term, target=autumn)
    clashes = {row.source.code: [slot.clash for slot in row.slots] for row in plan.rows}
    sentence = "The room has Rival (R), 10:30–12:00."
    assert clashes == {"C1": [sentence], "OTHER_C1": []}
    with pytest.raises(RolloverRefused) as refused:
        go(school, autumn, {row.source.pk: Choice() for row in plan.rows})
    assert refused.value.sentences == {school.school_class.pk: [sentence]}
    assert SchoolClass.objects.filter(term=autumn).get() == rival
    result = go(school, autumn, skip_clashes=True)
    assert (result.copied, result.slots, result.slots_left_out) == (1, 0, 1)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (Choice(students_to="Nonsense"), "“Nonsense” is not a class of the target term."),
        (
            Choice(copy=False, students_to="copy"),
            "Without a copy its students have nowhere to go.",
        ),
    ],
)
def test_students_go_to_a_class_of_the_target(school, autumn, choice, sentence):
    with pytest.raises(RolloverRefused) as refused:
        go(school, autumn, {school.school_class.pk: choice})
    assert refused.value.sentences == {school.school_class.pk: [sentence]}


@pytest.mark.parametrize("status", ["cancelled", "completed"])
def test_nobody_is_rolled_over_into_a_class_that_takes_nobody_in(school, autumn, status):
    go(school, autumn, {school.other_class.pk: Choice()})
    SchoolClass.objects.filter(term=autumn).update(status=status)
    labels = rollover.preview(source=school.term, target=autumn).labels
    assert labels == ["Other Class (OTHER_C1)", "Own Class (C1)"]  # as they may be copied
    sentence = f"“Other Class (OTHER_C1)” takes no students: it is {status}."
    choices = {
        school.school_class.pk: Choice(students_to="Other Class (OTHER_C1)"),
        school.other_class.pk: Choice(students_to="copy"),
    }
    with pytest.raises(RolloverRefused) as refused:
        go(school, autumn, choices)
    assert refused.value.sentences == {key: [sentence] for key in choices}
    assert SchoolClass.objects.filter(term=autumn).count() == 1
    assert not Enrollment.objects.filter(school_class__term=autumn).exists()
    # One that takes students in may have the same name.
    SchoolClass.objects.create(
        name="Other Class", code="OTHER_C1", term=autumn, start_date=autumn.start_date
    )
    del choices[school.other_class.pk]
    assert go(school, autumn, choices).enrolled == 1


def test_a_cancelled_class_is_not_rolled_over(school, autumn):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(status="cancelled")
    plan = rollover.preview(source=school.term, target=autumn)
    assert [row.source.pk for row in plan.rows] == [school.other_class.pk]
    with pytest.raises(RolloverRefused) as refused:
        go(school, autumn)
    assert refused.value.sentences == {
        None: ["A class is no longer in this term. Look at the preview again."]
    }


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"status": "archived"}])
def test_who_is_no_longer_active_does_not_come_along(school, autumn, change):
    people = [school.student.pk, school.teacher.pk]
    User.objects.filter(pk__in=people).update(**change)
    plan = rollover.preview(source=school.term, target=autumn)
    assert {row.source.code: (row.students, row.teacher) for row in plan.rows} == {
        "C1": (0, None),
        "OTHER_C1": (1, school.outsider),
    }
    result = go(school, autumn, {school.school_class.pk: Choice(students_to="copy")})
    assert (result.enrolled, result.waiting) == (0, 0)
    assert copy_of(school.school_class, autumn).teacher is None


# Files --------------------------------------------------------------------------------------------


def give_file(school, text=b"Read chapter 3."):
    upload = SimpleUploadedFile("sheet.txt", text, content_type="text/plain")
    files.add(assignment=school.assignment, uploads=[upload], by=school.teacher)


def test_what_belongs_to_an_assignment_is_copied_with_it(school, autumn):
    links = [{"name": "Map", "url": "https://maps.example/1"}]
    Assignment.objects.filter(pk=school.assignment.pk).update(attachments=links)
    give_file(school)
    default_storage.save(school.attachment_file.name, ContentFile(b"Essay"))
    result = go(school, autumn)
    assert (result.assignments, result.files) == (1, 1)
    work = copy_of(school.school_class, autumn).assignments.get()
    assert work.attachments == links
    # What a student handed in (essay.txt) stays where it is.
    copied = work.files.get()
    assert (copied.filename, copied.submission, copied.uploaded_by) == (
        "sheet.txt",
        None,
        school.admin,
    )
    with files.open_file(copied) as file:
        assert file.read() == b"Read chapter 3."
    assert copied.name != school.assignment.files.get(submission=None).name


def test_a_file_that_is_gone_from_the_disk_is_left_out(school, autumn):
    give_file(school)
    default_storage.delete(school.assignment.files.get(submission=None).name)
    result = go(school, autumn)
    assert (result.assignments, result.files) == (1, 0)


def test_a_file_that_is_no_longer_taken_stops_everything(school, autumn, settings):
    give_file(school)
    settings.UPLOAD_MAX_BYTES = 3
    with pytest.raises(RolloverRefused) as refused:
        go(school, autumn)
    assert refused.value.sentences == {school.school_class.pk: ["“sheet.txt” is larger than 0 MB."]}
    assert not SchoolClass.objects.filter(term=autumn).exists()


def test_without_assignments_no_file_is_copied(school, autumn):
    give_file(school)
    result = go(school, autumn, assignments=False)
    assert (result.copied, result.assignments, result.files) == (1, 0, 0)


def test_a_refusal_half_way_undoes_everything(school, autumn, monkeypatch):
    """The database refuses after classes, slots, assignments and enrollments were written."""
    monkeypatch.setattr(
        copying, "_complete", lambda *_args: Enrollment.objects.update(status="nonsense")
    )
    before = [model.objects.count() for model in (SchoolClass, Schedule, Assignment, Enrollment)]
    with refused_by("check_enrollment_status"):
        go(school, autumn, {school.school_class.pk: Choice(students_to="copy")}, complete=True)
    after = [model.objects.count() for model in (SchoolClass, Schedule, Assignment, Enrollment)]
    assert after == before


def test_another_schools_class_is_no_choice(cast, school, autumn):
    with pytest.raises(RolloverRefused, match="no longer in this term"):
        go(school, autumn, {cast.b.school_class.pk: Choice()})


def test_the_audit_trail_says_that_it_was_a_roll_over(school, autumn):
    go(school, autumn)
    copy = copy_of(school.school_class, autumn)
    entry = AuditLog.objects.get(resource_type="class", resource_id=copy.pk)
    assert entry.metadata["rollover"] == "Spring → Autumn"
    assert entry.user_id == school.admin.pk


def test_a_preview_costs_the_same_for_many_classes(school, autumn):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            rollover.preview(source=school.term, target=autumn)
        return len(captured)

    few = cost()
    for number in range(5):
        made = SchoolClass.objects.create(
            name=f"More {number}", start_date=school.term.start_date, term=school.term
        )
        Schedule.objects.create(
            school_class=made, weekday=2, start_time=time(9), end_time=time(10), room=f"{number}"
        )
    assert cost() == few == 5


def test_the_enrollment_desk_and_a_roll_over_never_wait_for_each_other(
    committed, django_db_blocker
):
    def term(name, first, last):
        year = committed.new("academic_years", name=name, start_date=first, end_date=last)
        dates = {"start_date": first, "end_date": last}
        return committed.new("terms", academic_year_id=year, name=name, **dates)

    spring = term("Spring", "2026-01-01", "2026-06-30")
    fall = term("Fall", "2026-07-01", "2026-12-31")
    # The class of the later term has the lower id: whoever moves students locks it first.
    low, high = sorted([uuid.uuid4(), uuid.uuid4()])
    committed.school_class(id=low, name="New", term_id=fall, start_date="2026-07-01")
    committed.school_class(id=high, name="Old", term_id=spring)
    committed.new("enrollments", student_id=committed.students(1)[0], class_id=high)

    def roll_over():
        try:
            tenant = hosts.find(f"{committed.subdomain}.localhost")
            with tenant_context(tenant, role="admin"):
                source, target = Term.objects.get(pk=spring), Term.objects.get(pk=fall)
                choices = {high: Choice(students_to="New")}
                return rollover.carry_out(source=source, target=target, choices=choices, by=None)
        finally:
            connections.close_all()

    lock = "SELECT FROM classes WHERE id = %s FOR NO KEY UPDATE"
    with django_db_blocker.unblock(), committed.connect() as desk:
        desk.execute(lock, [low])
        with committed.overtaken(roll_over) as result:
            desk.execute(lock, [high])
            desk.commit()
            assert (result().copied, result().enrolled) == (1, 1)
