"""Erasing students who left long ago: who is offered, what goes, what stays, and whose it is."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from academics.models import (
    Absence,
    Application,
    AttachmentFile,
    Attendance,
    Enrollment,
    Grade,
    StudentMerge,
    Submission,
)
from academics.services import merging
from core.models import AuditLog, Guardian, PersonField, StudentGuardian, User
from core.rls import tenant_context
from core.services import school_settings
from finance.models import Invoice
from school.services import erasing
from tests.factories import academics, core, finance

pytestmark = pytest.mark.django_db
PAGE = "admin:erase_leavers"


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def as_admin(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


def let_leave(person, day="2010-06-30", **record):
    """Have somebody left on a day."""
    row = User.objects.get(pk=person.pk)
    row.metadata = (row.metadata or {}) | record | {"exit_date": day}
    row.status = User.Status.ARCHIVED
    row.save()
    return row


def post(office, *people, number=None):
    keys = [str(person.pk) for person in people]
    return office.post(reverse(PAGE), {"student": keys, "number": number or len(keys)})


@pytest.fixture
def leaver(cast):
    """Return a student who left long ago, and of whom the school keeps much."""
    with as_admin(cast):
        PersonField.objects.filter(role="student", key="first_name").update(is_required=True)
        student = core.user(name="Lena Long", phone="12 34", metadata={"first_name": "Lena"})
        guardian = core.guardian(name="Lorenz Long", email="lorenz@example.com")
        core.student_guardian(student=student, guardian=guardian, call_order=1)
        academics.enrollment(
            student=student,
            school_class=cast.a.school_class,
            report_comment="Lena shines.",
            enrollment_date=cast.a.session.session_date,
        )
        academics.attendance(student=student, class_session=cast.a.session, notes="Lena was ill.")
        work = academics.submission(
            student=student, assignment=cast.a.assignment, content={"text": "I am Lena."}
        )
        academics.grade(
            student=student, assignment=cast.a.assignment, submission=work, score=5,
            feedback="Good, Lena.",
        )  # fmt: skip
        academics.absence(student=student, reason="Ill", note="Lena has a cold.")
        return let_leave(student)


def test_what_is_personal_goes_and_the_figures_stay(office, cast, leaver):
    shown = office.get(reverse(PAGE))
    assert [row.student for row in shown.context["people"]] == [leaver]
    assert "Lena Long" in shown.text
    answer = post(office, leaver)
    assert answer.status_code == 302
    with as_admin(cast):
        row = User.objects.get(pk=leaver.pk)
        assert (row.name, row.phone, row.metadata, row.status) == (
            "Former student", None, {}, "archived",
        )  # fmt: skip
        assert row.has_placeholder_email
        assert row.student_number is None
        assert not Guardian.objects.filter(name="Lorenz Long").exists()
        of_them = {"student": row}
        assert Enrollment.objects.get(**of_them).report_comment is None
        assert Submission.objects.get(**of_them).content is None
        marked = Attendance.objects.get(**of_them)
        assert (marked.status, marked.notes) == ("present", None)
        grade = Grade.objects.get(**of_them)
        assert (grade.score, grade.feedback) == (5, None)
        absence = Absence.objects.get(**of_them)
        assert (absence.reason, absence.note) == ("–", None)
        assert not AttachmentFile.objects.filter(**of_them).exists()
        assert not Application.objects.filter(**of_them).exists()
        entry = AuditLog.objects.filter(resource_id=row.pk, action="user_updated").latest(
            "timestamp"
        )
        assert (entry.user_id, entry.changes["name"]["after"]) == (
            cast.a.admin.pk, "Former student",
        )  # fmt: skip
    assert office.get(reverse(PAGE)).context["people"] == []


def test_a_record_that_was_merged_goes_along(cast, leaver):
    with as_admin(cast):
        second = core.user(name="Lena Lang", phone="56 78", metadata={"first_name": "Lena"})
        student = User.objects.get(pk=leaver.pk)
        academics.enrollment(student=second, school_class=cast.a.other_class)
        merging.merge(kept=student, merged=User.objects.get(pk=second.pk), values={})
        assert erasing.erase([leaver.pk]) == 1
        row = User.all_objects.get(pk=second.pk)
        assert (row.name, row.phone, row.metadata) == ("Former student", None, {})
        assert row.deleted_at is not None
        assert not StudentMerge.objects.filter(kept=leaver).exists()


def test_who_is_in_the_books_keeps_the_name_and_who_owes_stays(office, cast, leaver):
    with as_admin(cast):
        owing = core.user(name="Olaf Owes", metadata={"first_name": "Olaf"})
        finance.invoice(student=owing, invoice_number="E-1", amount=10)
        let_leave(owing)
        draft = finance.invoice(student=leaver, invoice_number=None, amount=10)
        people = {row.student.pk: (row.has_money, row.owes) for row in erasing.leavers()}
        assert people == {leaver.pk: (True, False), owing.pk: (True, True)}
    refused = post(office, leaver, owing)
    assert refused.context["form"].errors == {"number": ["1 person is ticked."]}
    assert post(office, leaver).status_code == 302
    with as_admin(cast):
        assert User.objects.get(pk=leaver.pk).name == "Lena Long"
        assert Invoice.objects.filter(pk=draft.pk).exists()
        assert erasing.erase([owing.pk]) == 0
        assert User.objects.get(pk=owing.pk).name == "Olaf Owes"


def test_a_guardian_of_others_or_in_the_books_stays(cast, leaver):
    with as_admin(cast):
        [link] = StudentGuardian.objects.filter(student=leaver)
        core.student_guardian(student=cast.a.student, guardian=link.guardian, call_order=5)
        payer = core.guardian(name="Paula Pays")
        core.student_guardian(student=leaver, guardian=payer, call_order=2)
        finance.invoice(student=cast.a.student, invoice_number=None, payer_guardian=payer)
        assert erasing.erase([leaver.pk]) == 1
        left = Guardian.objects.filter(name__in=["Lorenz Long", "Paula Pays"])
        assert left.count() == 2
        assert not StudentGuardian.objects.filter(student=leaver).exists()


def test_an_account_of_a_guardian_goes_along(cast, leaver):
    with as_admin(cast):
        account = core.user(role="guardian", name="Lorenz Long", phone="1")
        Guardian.objects.filter(name="Lorenz Long").update(user=account)
        assert erasing.erase([leaver.pk]) == 1
        row = User.objects.get(pk=account.pk)
        assert (row.name, row.phone, row.status) == ("Former guardian", None, "archived")


def test_the_school_says_how_long_ago(cast, leaver):
    with as_admin(cast):
        day = cast.a.tenant.today() - timedelta(days=3 * 366)
        late = let_leave(core.user(name="Late", metadata={"first_name": "Late"}), day.isoformat())
        assert [row.student for row in erasing.leavers()] == [leaver]
        school_settings.save(cast.a.tenant, {"kept_leaver_years": 3})
        assert [row.student for row in erasing.leavers()] == [leaver, late]
        assert erasing.leavers()[0].left_on == date(2010, 6, 30)
        User.objects.filter(pk=leaver.pk).update(status="active")
        assert erasing.erase([leaver.pk]) == 0


@pytest.mark.parametrize(
    ("ticked", "number", "sentence"),
    [(True, 2, "1 person is ticked."), (False, 1, "Nobody is ticked.")],
)
def test_the_number_has_to_be_typed(office, cast, leaver, ticked, number, sentence):
    answer = post(office, *([leaver] if ticked else []), number=number)
    assert (answer.status_code, answer.context["form"].errors) == (400, {"number": [sentence]})
    with as_admin(cast):
        assert User.objects.get(pk=leaver.pk).name == "Lena Long"


def test_another_schools_leaver_is_nobody_here(office, cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        other = let_leave(core.user(name="Elsewhere"))
    assert office.get(reverse(PAGE)).context["people"] == []
    assert post(office, other).context["form"].errors == {"number": ["Nobody is ticked."]}
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert User.objects.get(pk=other.pk).name == "Elsewhere"
    assert office.post(reverse(PAGE), {"student": "x", "number": "1"}).status_code == 404


@pytest.mark.parametrize("role", ["registrar", "bursar", "teacher"])
def test_only_admins_erase(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse(PAGE), {"number": "1"}).status_code == 403
