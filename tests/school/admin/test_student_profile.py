"""A student's profile and the pages of report cards: who sees what, and at what cost."""

import io
from datetime import date, time, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
)
from academics.services import report_comments
from core.groups import value_of
from core.models import Tenant, User
from core.rls import tenant_context
from core.services import pictures, school_pictures
from exchange.exports import make
from exchange.models import Export
from school.selectors import student_profile
from tests.factories import core
from tests.pages import shown


def profile(student, query=""):
    return reverse("admin:student_profile", args=[student.pk]) + query


def comments(school_class):
    return f"{reverse('admin:report_cards')}?school_class={school_class.pk}"


# --- profile ------------------------------------------------------------------------------------
def test_profile_by_role(client, cast, sign_in):
    a = cast.a
    expected = [
        (a.admin, a.student, 200),
        (a.teacher, a.student, 200),
        (a.outsider, a.student, 404),
        (a.admin, cast.b.student, 404),
        (a.admin, a.teacher, 404),
        (a.student, a.student, 302),
    ]
    for user, student, status in expected:
        sign_in(client, a, user)
        assert client.get(profile(student)).status_code == status, (user, student)


def test_the_office_sees_money_and_trail_and_a_teacher_does_not(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    text = shown(client.get(profile(cast.a.student)))
    assert "INV-1" in text
    assert "60.00 USD" in text  # 100 less 40 paid
    assert "Audit trail" in text
    assert "Enrollment created" in text
    assert "Guardian" in text
    sign_in(client, cast.a, cast.a.teacher)
    text = client.get(profile(cast.a.student)).content.decode()
    assert "Own Class" in text
    assert "INV-1" not in text
    assert "Audit trail" not in text


def test_a_day_of_the_calendar_lists_its_sessions(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    query = f"?term={cast.a.term.pk}&day=2026-02-02"
    text = client.get(profile(cast.a.student, query)).content.decode()
    assert "Monday, 2 Feb 2026" in text
    assert "Own Class: Present" in text  # what the cell says to a screen reader
    assert "100.0 %" in text
    for wrong in ("?day=never", "?trail=x", "?day=2026-02-30"):
        assert client.get(profile(cast.a.student, wrong)).status_code == 200
    for missing in (
        "?term=x",
        f"?term={cast.b.term.pk}",
        f"?school_class={cast.b.school_class.pk}",
    ):
        assert client.get(profile(cast.a.student, missing)).status_code == 404


@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_the_number_of_queries_does_not_grow(client, cast, sign_in, who):
    a = cast.a
    sign_in(client, a, getattr(a, who))
    # The trail asks once for each kind of row in it; its last page has none.
    query = f"?term={a.term.pk}&school_class={a.school_class.pk}&trail=1000"
    client.get(profile(a.student, query))
    counts = []
    for number in (1, 4):
        with tenant_context(a.tenant, a.admin):
            _more_work(a, number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(profile(a.student, query)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] == {"admin": 25, "teacher": 20}[who]


def _more_work(school, number):
    for place in range(number):
        school_class = SchoolClass.objects.create(
            name=f"More {number} {place}", teacher=school.teacher, start_date=date(2026, 1, 5)
        )
        Enrollment.objects.create(
            student=school.student, school_class=school_class, enrollment_date=date(2026, 1, 5)
        )
        session = ClassSession.objects.create(
            school_class=school_class,
            session_date=date(2026, 3, 2) + timedelta(days=place),
            start_time=time(8),
            end_time=time(9),
        )
        Attendance.objects.create(class_session=session, student=school.student, status="late")
        for title in ("graded", "missing"):
            work = Assignment.objects.create(
                school_class=school_class,
                title=title,
                type="quiz",
                assigned_date=date(2026, 3, 2),
                due_date=date(2026, 3, 9),
                max_score=10,
            )
            if title == "graded":
                handed_in = Submission.objects.create(assignment=work, student=school.student)
                Grade.objects.create(
                    submission=handed_in, student=school.student, assignment=work, score=8
                )


def test_missing_work_is_what_was_due_and_is_not_done(cast):
    """Not what was due before the student came, nor what is graded, excused or handed in."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        _more_work(school, 1)
        school_class = SchoolClass.objects.get(name="More 1 0")
        works = {
            title: Assignment.objects.create(
                school_class=school_class,
                title=title,
                type="quiz",
                assigned_date=date(2026, 1, 2),
                due_date=date(2026, 1, 2) if title == "before" else date(2026, 3, 3),
                max_score=10,
            )
            for title in ("before", "handed in", "excused", "ungraded", "empty")
        }
        for title in ("handed in", "excused", "ungraded", "empty"):
            content = {"text": "Done"} if title == "handed in" else None
            handed_in = Submission.objects.create(
                assignment=works[title], student=school.student, content=content
            )
            if title in ("excused", "ungraded"):
                Grade.objects.create(
                    submission=handed_in,
                    assignment=works[title],
                    student=school.student,
                    excused=title == "excused",
                )
        missing = student_profile.missing_work(school.student, date(2026, 3, 10))
        assert sorted(work.title for work in missing) == ["empty", "missing", "ungraded"]
        assert student_profile.missing_work(school.student, date(2026, 3, 3)) == []
        SchoolClass.objects.filter(pk=school_class.pk).update(status="completed")
        assert student_profile.missing_work(school.student, date(2026, 3, 10)) == []


def test_search_leads_to_the_one_student_found(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    assert "Other_Student" not in client.get(reverse("admin:students")).content.decode()
    response = client.get(reverse("admin:students"), {"q": "stud"})
    assert response.headers["Location"] == profile(cast.a.student)


# --- report cards ---------------------------------------------------------------------------------
def test_cards_of_a_student_and_a_transcript(client, cast, sign_in):
    a = cast.a
    card, transcript = (
        reverse(f"admin:{name}", args=[a.student.pk]) for name in ("report_card", "transcript")
    )
    sign_in(client, a, a.admin)
    assert client.get(card).status_code == 302
    response = client.post(card, {"term": str(a.term.pk)})
    assert "Own Class" in text_of(response)
    assert "Own Class" in text_of(client.post(transcript))
    sign_in(client, a, a.teacher)
    assert "only the classes of the teacher" in text_of(client.post(card))
    assert client.post(transcript).status_code == 403
    sign_in(client, a, a.outsider)
    assert client.post(card).status_code == 404
    sign_in(client, cast.b, cast.b.admin)
    assert client.post(card).status_code == 404


def text_of(response):
    assert response.status_code == 200
    content = b"".join(response) if response.streaming else response.content
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_class_in_the_background_has_a_page_for_each_student(client, cast, sign_in):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        for place in range(6):
            student = User.objects.create_user(
                f"n{place}@example.com", name=f"N {place}", role="student"
            )
            Enrollment.objects.create(student=student, school_class=a.school_class)
    sign_in(client, a, a.teacher)
    url = reverse("admin:class_report_cards", args=[a.school_class.pk])
    response = client.post(url)
    assert response.headers["Location"].endswith("#files")
    with tenant_context(a.tenant, a.teacher):
        export = Export.objects.get(kind="report_cards")
        assert export.status == Export.Status.QUEUED
        made = make(export)
        assert made.row_count == 7
    text = client.get(comments(a.school_class)).content.decode()
    assert "Ready" in text
    assert "Download" in text
    sign_in(client, a, a.outsider)
    assert client.post(url).status_code == 404


@pytest.mark.parametrize("who", ["student", "guardian"])
def test_own_documents(client, cast, sign_in, who):
    a = cast.a
    start = "/my/" if who == "student" else f"/children/{a.student.pk}/"
    sign_in(client, a, getattr(a, who))
    assert "Own Class (C1) Teacher" in text_of(client.get(f"{start}report-card/?term={a.term.pk}"))
    assert "Own Class (C1)" in text_of(client.get(f"{start}transcript/"))
    assert client.get(f"{start}report-card/?term=x").status_code == 404
    assert client.get(f"/children/{a.other_student.pk}/report-card/").status_code == 404


# --- comments -------------------------------------------------------------------------------------
def form_of(enrollment, text, read_as=None):
    version = report_comments.version(read_as)
    return {f"comment-{enrollment.pk}": text, f"version-{enrollment.pk}": version}


def test_comments_are_saved_by_the_teacher_of_the_class(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.teacher)
    url = comments(a.school_class)
    data = form_of(a.enrollment, "Well\x00 done.") | form_of(a.other_enrollment, "Not mine.")
    assert client.post(url, data).status_code == 302
    assert comment_of(a, a.enrollment) == "Well done."
    assert comment_of(a, a.other_enrollment) is None
    assert client.post(url, form_of(a.enrollment, "x" * 2001, "Well done.")).status_code == 400
    assert comment_of(a, a.enrollment) == "Well done."
    assert client.get(comments(a.other_class)).status_code == 404
    assert client.get(comments(cast.b.school_class)).status_code == 404


def test_a_comment_that_somebody_else_changed_is_not_written_over(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.admin)
    client.post(comments(a.school_class), form_of(a.enrollment, "Theirs."))
    sign_in(client, a, a.teacher)
    response = client.post(comments(a.school_class), form_of(a.enrollment, "Mine."))
    assert response.status_code == 409
    assert comment_of(a, a.enrollment) == "Theirs."
    text = response.content.decode()
    assert "Mine.</textarea>" in text
    assert "<q>Theirs.</q>" in text
    response = client.post(comments(a.school_class), form_of(a.enrollment, "Mine.", "Theirs."))
    assert response.status_code == 302
    assert comment_of(a, a.enrollment) == "Mine."


def comment_of(school, enrollment):
    with tenant_context(school.tenant, school.admin):
        return Enrollment.objects.get(pk=enrollment.pk).report_comment


# --- logo -----------------------------------------------------------------------------------------
def picture(kind="PNG", size=(1200, 300)):
    file = io.BytesIO()
    Image.new("RGB", size, "navy").save(file, kind)
    return file.getvalue()


def school_form(tenant, **other):
    return {"name": tenant.name, "contact_email": tenant.contact_email} | other


def test_a_logo_is_shrunk_kept_shown_printed_and_removed(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.admin)
    url = reverse("admin:core_tenant_change", args=[a.tenant.pk])
    upload = SimpleUploadedFile("logo.jpg", picture("JPEG"), "image/jpeg")
    assert client.post(url, school_form(a.tenant, new_logo=upload)).status_code == 302
    shown = client.get(reverse("admin:core_tenant_logo"))
    assert Image.open(io.BytesIO(shown.content)).size == (600, 150)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "school-logo" in client.get(url).content.decode()
    card = client.post(reverse("admin:report_card", args=[a.student.pk]))
    [page] = PdfReader(io.BytesIO(b"".join(card))).pages
    assert len(page.images) == 1
    with tenant_context(a.tenant, a.admin):
        kept = Tenant.objects.get(pk=a.tenant.pk)
        assert default_storage.exists(kept.settings["logo"])
    assert client.post(url, school_form(a.tenant, remove_logo="on")).status_code == 302
    assert client.get(reverse("admin:core_tenant_logo")).status_code == 404
    with tenant_context(a.tenant, a.admin):
        assert "logo" not in Tenant.objects.get(pk=a.tenant.pk).settings


def test_the_principal_signs_report_cards_of_the_office(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.admin)
    url = reverse("admin:core_tenant_change", args=[a.tenant.pk])
    upload = SimpleUploadedFile("name.png", picture(), "image/png")
    form = school_form(a.tenant, new_signature=upload, principal="Ada Lovelace", phone="12 34")
    assert client.post(url, form).status_code == 302
    assert client.get(reverse("admin:core_tenant_signature")).status_code == 200
    for role, images in (("admin", 1), ("teacher", 0)):
        sign_in(client, a, getattr(a, role))
        card = client.post(reverse("admin:report_card", args=[a.student.pk]))
        [page] = PdfReader(io.BytesIO(b"".join(card))).pages
        assert "Ada Lovelace, principal" in page.extract_text()
        assert len(page.images) == images  # a teacher's card is not the school's
    assert client.get(reverse("admin:core_tenant_signature")).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", picture("GIF"), picture()[:60]],
)
def test_what_is_no_picture_is_refused(client, cast, sign_in, content):
    a = cast.a
    sign_in(client, a, a.admin)
    url = reverse("admin:core_tenant_change", args=[a.tenant.pk])
    upload = SimpleUploadedFile("logo.png", content, "image/png")
    response = client.post(url, school_form(a.tenant, new_logo=upload))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["new_logo"]


def test_too_large_a_picture_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    with pytest.raises(Exception, match="too many pixels"):
        school_pictures.shrink(SimpleUploadedFile("a.png", picture()))
    monkeypatch.setattr(school_pictures, "MAX_MB", 0)
    with pytest.raises(Exception, match="at most 0 MB"):
        school_pictures.shrink(SimpleUploadedFile("a.png", picture()))


# --- report cards of a year group or homeroom -----------------------------------------------------
def test_the_cards_of_a_homeroom(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.registrar)
    url, data = reverse("admin:group_report_cards"), {"term": a.term.pk}
    page = client.get(reverse("admin:report_cards")).content.decode()
    assert value_of(a.homeroom) in page
    assert "Own Class (C1) Teacher" in text_of(
        client.post(url, data | {"group": value_of(a.homeroom)})
    )
    with tenant_context(a.tenant, a.admin):
        for number in range(6):
            core.user(role="student", email=f"n{number}@a.example", homeroom=a.homeroom)
    answer = client.post(url, data | {"group": value_of(a.year_group)})
    assert answer.headers["Location"] == reverse("admin:exchange_export_changelist")
    with tenant_context(a.tenant, a.registrar):
        assert len(Export.objects.get(status=Export.Status.QUEUED).selection) == 7


def test_cards_of_no_group_or_of_an_empty_one_are_refused_in_a_sentence(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.registrar)
    with tenant_context(a.tenant, a.admin):
        empty = core.homeroom(name="Empty", year_group=a.year_group)
    for group, sentence in [
        (value_of(cast.b.homeroom), "Choose a year group or a homeroom."),
        (value_of(empty), "Nobody is in Empty."),
    ]:
        answer = client.post(reverse("admin:group_report_cards"), {"group": group}, follow=True)
        assert [str(message) for message in answer.context["messages"]] == [sentence]


def test_a_teacher_makes_no_cards_of_a_whole_homeroom(client, cast, sign_in):
    """They would see a part of the classes only."""
    sign_in(client, cast.a, cast.a.teacher)
    group = {"group": value_of(cast.a.homeroom)}
    assert client.post(reverse("admin:group_report_cards"), group).status_code == 403
    page = client.get(reverse("admin:report_cards")).content.decode()
    assert value_of(cast.a.homeroom) not in page
