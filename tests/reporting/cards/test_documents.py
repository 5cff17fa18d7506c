"""Report cards and transcripts: what is printed, read back from the PDF."""

import io
from datetime import date, time
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from academics.models import (
    Assignment,
    AssignmentWeight,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    GradingScale,
    SchoolClass,
    Submission,
    Term,
)
from core.models import User
from core.rls import tenant_context
from reporting.cards import documents, lines


@pytest.fixture
def school(cast):
    """School A, whose student attends the classes of both teachers in the term."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.filter(pk=school.school_class.pk).update(term=school.term)
        Enrollment.objects.create(student=school.student, school_class=school.other_class)
        Enrollment.objects.filter(pk=school.enrollment.pk).update(
            report_comment="Reads a lot.\n*no markup*"
        )
        for day, status in ((3, "late"), (4, "absent"), (5, "excused")):
            session = ClassSession.objects.create(
                school_class=school.school_class,
                session_date=date(2026, 2, day),
                start_time=time(10),
                end_time=time(11),
            )
            Attendance.objects.create(class_session=session, student=school.student, status=status)
    return school


def cards(school, user, students, term):
    with tenant_context(school.tenant, user):
        pdf, count = documents.report_cards([student.pk for student in students], term)
    reader = PdfReader(io.BytesIO(pdf))
    assert count == len(students)
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def term_of(school):
    with tenant_context(school.tenant, school.admin):
        return Term.objects.select_related("academic_year").get(pk=school.term.pk)


def test_a_card_holds_the_classes_of_the_term(school):
    [text] = cards(school, school.admin, [school.student], term_of(school))
    for part in (
        "School A",
        "Report card",
        "Spring, 2025/26",
        "Student",
        "Own Class (C1)",
        "Teacher",
        "B 85.0 % 1 1 1 1 66.7 %",  # 17 of 20; present or late 2 of 3
        "Other Class (OTHER_C1)",
        "Outsider",
        "Reads a lot. *no markup*",
        "A from 94 %",
        "Parent or guardian",
        "Page 1 of 1",
    ):
        assert part in text
    assert "only the classes of the teacher" not in text


def test_a_teachers_card_holds_own_classes_and_says_so(school):
    [text] = cards(school, school.teacher, [school.student], term_of(school))
    assert "Own Class (C1)" in text
    assert "Other Class" not in text
    assert "This card holds only the classes of the teacher who made it." in text


@pytest.mark.parametrize("who", ["student", "guardian"])
def test_students_and_guardians_get_the_same_classes_and_teachers(school, who):
    [text] = cards(school, getattr(school, who), [school.student], term_of(school))
    assert "Own Class (C1) Teacher B 85.0 %" in text
    assert "Other Class (OTHER_C1) Outsider" in text


def test_nobody_gets_the_card_of_a_student_they_do_not_see(cast):
    for user in (cast.a.outsider, cast.a.other_student, cast.a.other_guardian, cast.b.admin):
        school = cast.b if user == cast.b.admin else cast.a
        with tenant_context(school.tenant, user):
            assert documents.report_cards([cast.a.student.pk], None)[1] == 0


def test_each_student_has_a_page_of_their_own_and_an_empty_term_says_so(school):
    with tenant_context(school.tenant, school.admin):
        summer = Term.objects.create(
            academic_year=school.academic_year,
            name="Summer",
            start_date=date(2026, 7, 1),
            end_date=date(2026, 7, 31),
        )
        SchoolClass.objects.all().update(end_date=date(2026, 6, 30))
        summer = Term.objects.select_related("academic_year").get(pk=summer.pk)
    pages = cards(school, school.admin, [school.student, school.other_student], summer)
    assert len(pages) == 2
    assert all("There are no classes on record for this term." in page for page in pages)
    assert "Other_Student" in pages[0]


def test_long_names_and_other_scripts_stay_on_the_page(school):
    with tenant_context(school.tenant, school.admin):
        student = User.objects.get(pk=school.student.pk)
        student.name = "王小明 محمد " + "x" * 120
        student.save()
        SchoolClass.objects.filter(pk=school.school_class.pk).update(name="数学 " * 40)
        Enrollment.objects.filter(pk=school.enrollment.pk).update(report_comment="w" * 2000)
    pages = cards(school, school.admin, [student], term_of(school))
    assert "王小明" in pages[0]
    assert "Page 1 of" in pages[0]


def test_a_transcript_averages_the_points_of_finished_classes(school):
    with tenant_context(school.tenant, school.admin):
        scale = GradingScale.objects.create(
            name="Points", steps=[["B", 80, 3.0], ["C", 0, 2.0]], is_default=True
        )
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status="completed")
        Enrollment.objects.filter(pk=school.enrollment.pk).update(current_grade="B")
        Enrollment.objects.filter(student=school.student, school_class=school.other_class).update(
            current_grade="C"
        )
        assert scale.is_default
        student = User.objects.get(pk=school.student.pk)
        text = text_of(documents.transcript(student))
    assert "2025/26 · Spring" in text
    assert "Own Class (C1) Teacher B 85.0 % 3.00" in text
    assert "Other Class (OTHER_C1) – in progress Outsider C – –" in text
    assert "Grade point average: 3.00" in text


def test_a_transcript_without_points_has_no_average(school):
    with tenant_context(school.tenant, school.student):
        text = text_of(documents.transcript(User.objects.get(pk=school.student.pk)))
    assert "Transcript" in text
    assert "average" not in text


def text_of(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_number_of_queries_does_not_grow_with_students_or_classes(school):
    counts = []
    for number in (1, 4):
        with tenant_context(school.tenant, school.admin):
            _more(school, number)
            ids = list(User.objects.students().values_list("pk", flat=True))
            with CaptureQueriesContext(connection) as queries:
                lines_of = lines.of_students(ids, school.term)
            assert set(lines_of) == set(ids)
            counts.append(len(queries))
    assert counts == [1, 1]


def _more(school, number):
    for place in range(number):
        student = User.objects.create_user(
            f"more{number}{place}@example.com", name=f"More {place}", role="student"
        )
        Enrollment.objects.create(student=student, school_class=school.school_class)


def test_weights_and_rates_are_those_of_the_school(school):
    with tenant_context(school.tenant, school.admin):
        exam = Assignment.objects.create(
            school_class=school.school_class,
            title="Exam",
            type="exam",
            assigned_date=date(2026, 2, 2),
            due_date=date(2026, 2, 9),
            max_score=10,
        )
        AssignmentWeight.objects.create(
            school_class=school.school_class, type="exam", weight=Decimal("50")
        )
        submission = Submission.objects.create(assignment=exam, student=school.student)
        Grade.objects.create(
            submission=submission, student=school.student, assignment=exam, score=5
        )
        own_lines = lines.of_students([school.student.pk], term_of(school))[school.student.pk]
        line = next(
            own_line for own_line in own_lines if own_line.class_id == school.school_class.pk
        )
    assert line.percent == Decimal("67.5")
    assert line.rate.quantize(Decimal("0.01")) == Decimal("66.67")
    assert line.points is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("66.25"), "66.3 %"),
        (Decimal("66.35"), "66.4 %"),
        (Decimal(0), "0.0 %"),
        (None, "–"),
    ],
)
def test_percents_are_rounded_half_up(value, expected):
    assert documents._percent(value, 1) == expected
