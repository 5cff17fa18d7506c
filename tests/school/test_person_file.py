"""One person's data: all of theirs, nobody else's, readable by them."""

import csv
import io
import uuid
import zipfile
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from academics.models import Attendance, Enrollment, Grade, Submission
from core.models import Conversation, User
from core.rls import tenant_context
from core.services import photos
from exchange.exports.errors import ExportRefused
from finance.models import Invoice, Payment
from finance.services import bank_posting
from school.person_file import builder as portability
from school.person_file.tables import TABLES
from tests.factories import finance

pytestmark = pytest.mark.django_db
OTHERS = "Zora Otherwise"
OTHERS_NOTE = "a note about Zora only"


@pytest.fixture
def school(cast):
    """School A; the other student has a name that nothing else contains, and is a class mate."""
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        # The cast's file is a row only; a test before this one may have written it to the disk.
        default_storage.delete(a.attachment_file.name)
        User.objects.filter(pk=a.other_student.pk).update(name=OTHERS, email="zora@otherwise.test")
        Enrollment.objects.create(
            student=a.other_student, school_class=a.school_class, enrollment_date="2026-01-05"
        )
        Attendance.objects.create(
            class_session=a.session, student=a.other_student, status="late", notes=OTHERS_NOTE
        )
        a.attendance.notes = "Ill, by phone"
        a.attendance.save(update_fields=["notes"])
    return a


def make(school, person, tmp_path, by=None):
    """Build the zip as the school's admin; return {name: bytes} and the rows it counted."""
    path = tmp_path / "person.zip"
    with tenant_context(school.tenant, by or school.admin):
        count = portability.build(
            SimpleNamespace(selection=[str(person.pk)]), path, lambda rows: None
        )
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}, count


def rows(files, name):
    """Return the rows of a table of the zip below its headers."""
    return list(csv.reader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"), newline="")))[1:]


def sql(school, query, *params):
    """Return rows as text by plain SQL, as the school's admin."""
    with tenant_context(school.tenant, school.admin), connection.cursor() as cursor:
        cursor.execute(query, params)
        return [["" if v is None else str(v) for v in row] for row in cursor.fetchall()]


def test_a_students_tables_are_what_sql_says(school, tmp_path):
    files, _count = make(school, school.student, tmp_path)
    student = school.student.pk
    assert rows(files, "attendance") == sql(
        school,
        "select s.session_date, to_char(s.start_time, 'HH24:MI'), c.name, s.topic,"
        " initcap(a.status), a.notes,"
        " to_char(a.recorded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), a.minutes_late, a.code"
        " from attendance a"
        " join class_sessions s on s.id = a.class_session_id join classes c on c.id = s.class_id"
        " where a.student_id = %s",
        student,
    )
    assert rows(files, "grades") == sql(
        school,
        "select t.title, c.name, g.score, t.max_score, g.grade, 'no', g.feedback,"
        " to_char(g.graded_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') from grades g"
        " join assignments t on t.id = g.assignment_id join classes c on c.id = t.class_id"
        " where g.student_id = %s",
        student,
    )
    assert rows(files, "payments") == sql(
        school,
        "select p.payment_date, p.amount, p.currency, initcap(p.payment_method), i.invoice_number,"
        " p.transaction_id, p.receipt_url, p.notes from payments p"
        " join invoices i on i.id = p.invoice_id where p.student_id = %s",
        student,
    )
    assert rows(files, "invoices") == sql(
        school,
        "select invoice_number, issue_date, due_date, amount, currency, initcap(status),"
        " description, line_items from invoices where student_id = %s",
        student,
    )
    assert rows(files, "classes-attended") == sql(
        school,
        "select c.name, c.code, c.subject, c.level, t.name, e.enrollment_date, e.completion_date,"
        " initcap(e.status), e.attendance_rate, e.current_grade, e.report_comment"
        " from enrollments e"
        " join classes c on c.id = e.class_id join users t on t.id = c.teacher_id"
        " where e.student_id = %s",
        student,
    )
    assert len(rows(files, "assignments-and-submissions")) == 1
    assert dict(rows(files, "profile"))["E-mail"] == school.student.email


def posted_line(school):
    """A line of the bank that was posted as a payment of the student."""
    line = school.bank_transaction
    invoice = finance.invoice(student=school.student)
    bank_posting.post(choices={line.pk: invoice.pk}, token=uuid.uuid4())


def test_every_table_of_rows_is_in_the_zip_and_counted(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        items = [{"description": "Lunch", "quantity": 1, "unit_price": 10}]
        finance.invoice(student=school.student, line_items=items)
        finance.credit_note(invoice=school.invoice)
        finance.payment_reversal(payment=school.payment)
        finance.payment_reminder(invoice=finance.invoice(student=school.student))
        finance.reminder_opt_out(student=school.student)
        finance.online_checkout(invoice=school.invoice)
        posted_line(school)
    files, count = make(school, school.student, tmp_path)
    tabled = {name for name in files if name.endswith(".csv")}
    assert tabled == {
        "profile.csv",
        "oneroster.csv",
        "classes-attended.csv",
        "absences.csv",
        "attendance.csv",
        "daily-attendance.csv",
        "calls-about-absences.csv",
        "assignments-and-submissions.csv",
        "files-handed-in.csv",
        "guardians.csv",
        "waitlists.csv",
        "grades.csv",
        "invoices.csv",
        "payments.csv",
        "invoice-lines.csv",
        "credit-notes.csv",
        "discounts.csv",
        "payments-for-invoices.csv",
        "payments-taken-back.csv",
        "reminders.csv",
        "exceptions-from-reminders.csv",
        "online-payments-begun.csv",
        "lines-of-bank-statements.csv",
        "changes-to-their-data.csv",
    }
    assert count == sum(len(rows(files, name.removesuffix(".csv"))) for name in tabled)
    readme = files["README.txt"].decode()
    assert all(name in readme for name in tabled)
    assert set(files) == tabled | {"index.html", "README.txt"}


@pytest.mark.parametrize("who", ["student", "teacher", "outsider", "admin"])
def test_nobody_elses_data_is_in_it(school, tmp_path, who):
    with tenant_context(school.tenant, school.admin):
        # What the admin and the teacher did to the other student is in the trail with its values.
        User.objects.filter(pk=school.other_student.pk).update(phone="+1 555 0199 zora")
        grade = Grade.objects.get(pk=school.other_grade.pk)
        grade.feedback = OTHERS_NOTE
        grade.save(update_fields=["feedback"])
    files, _count = make(school, getattr(school, who), tmp_path)
    content = b"".join(files.values())
    others = [OTHERS, "zora", "Zora", OTHERS_NOTE, str(school.other_student.pk)]
    people = {"student", "teacher", "outsider", "admin"} - {who}
    others += [getattr(school, person).email for person in people]
    assert [text for text in others if text.encode() in content] == []


def test_a_teachers_classes_work_and_changes(school, tmp_path):
    with tenant_context(school.tenant, school.teacher, request={"ip_address": "192.0.2.7"}):
        school.attendance.status = "late"
        school.attendance.save(update_fields=["status"])
    files, _count = make(school, school.teacher, tmp_path)
    assert [row[0] for row in rows(files, "classes-taught")] == [school.school_class.name]
    assert [row[:2] for row in rows(files, "work-recorded")] == [
        ["Attendance", "1"],
        ["Daily attendance", "1"],
        ["Grades", "1"],
    ]
    assert [row[1:] for row in rows(files, "changes-by-them")] == [
        ["Attendance record changed", "192.0.2.7", ""]
    ]
    assert "attendance.csv" not in files


def test_changes_to_the_persons_data_name_nobody(school, tmp_path):
    with tenant_context(school.tenant, school.teacher, request={"ip_address": "192.0.2.7"}):
        school.attendance.status = "late"
        school.attendance.save(update_fields=["status"])
    files, _count = make(school, school.student, tmp_path)
    changes = [row[1:] for row in rows(files, "changes-to-their-data")]
    assert ["Attendance record changed", "Teacher", "Status: Present → Late"] in changes
    assert b"192.0.2.7" not in b"".join(files.values())


def test_a_row_that_was_anothers_keeps_its_old_values_to_itself(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        invoice = Invoice.objects.create(
            student=school.other_student, amount=Decimal(5),
            due_date="2027-01-01", issue_date="2026-01-01", description=OTHERS_NOTE,
        )  # fmt: skip
        invoice.student, invoice.description = school.student, "Yours now"
        invoice.invoice_number = "X-1"
        invoice.save(update_fields=["student", "description", "invoice_number"])
    files, _count = make(school, school.student, tmp_path)
    assert "X-1" in [row[0] for row in rows(files, "invoices")]
    texts = [row[3] for row in rows(files, "changes-to-their-data")]
    assert [change for change in texts if "Description" in change] == [
        "Amount\nCurrency\nDescription\nDue on\nIssued on\nStatus",
        "Description\nNumber\nIssued at",
    ]
    assert OTHERS_NOTE.encode() not in b"".join(files.values())


def test_sign_ins_are_the_persons_own(school, tmp_path):
    with tenant_context(
        school.tenant, school.student, request={"ip_address": "192.0.2.9", "user_agent": "Phone"}
    ):
        User.objects.filter(pk=school.student.pk).update(last_login="2026-03-02T08:00Z")
    files, _count = make(school, school.student, tmp_path)
    assert [row[1:] for row in rows(files, "sign-ins")] == [["192.0.2.9", "Phone"]]


def test_a_deleted_persons_data_can_still_be_had(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        school.student.delete()
    files, _count = make(school, school.student, tmp_path)
    assert dict(rows(files, "profile"))["Deleted"]
    assert len(rows(files, "attendance")) == 1


def test_conversations_are_in_ones_own_zip_and_named_in_anothers(school, tmp_path):
    with tenant_context(school.tenant, school.teacher):
        Conversation.objects.create(
            user=school.teacher, title="Private", messages=[{"role": "user", "content": "secret"}]
        )
    files, _count = make(school, school.teacher, tmp_path)
    assert b"secret" not in b"".join(files.values())
    assert (
        "they belong to the person alone: Saved filters, Saved views of lists, Conversations"
        in text(files)
    )
    files, _count = make(school, school.admin, tmp_path)
    assert [row[1] for row in rows(files, "conversations")] == [school.conversation.title]


def text(files):
    """Return the page with its whitespace as a browser shows it."""
    return " ".join(files["index.html"].decode().split())


def test_any_script_is_escaped_and_formulas_are_harmless(school, tmp_path):
    name, note = "Søren 李雷 عمر <b>", "=HYPERLINK(1)"
    with tenant_context(school.tenant, school.admin):
        User.objects.filter(pk=school.student.pk).update(name=name, phone="=1+1")
        Attendance.objects.filter(pk=school.attendance.pk).update(notes=note)
        Submission.objects.filter(pk=school.submission.pk).update(content={"text": "a<script>"})
    files, _count = make(school, school.student, tmp_path)
    profile = dict(rows(files, "profile"))
    assert (profile["Name"], profile["Phone"]) == (name, "'=1+1")
    assert rows(files, "attendance")[0][5] == f"'{note}"
    page = text(files)
    assert "Søren 李雷 عمر &lt;b&gt;" in page
    assert "<script" not in page
    assert name in files["README.txt"].decode()
    assert "http" not in page  # nothing is fetched from anywhere


def test_files_that_the_person_handed_in(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        own = default_storage.save(
            f"submissions/{school.submission.pk}/essay.txt", ContentFile(b"my essay")
        )
        others = default_storage.save(
            f"submissions/{school.other_submission.pk}/essay.txt", ContentFile(b"Zora's essay")
        )
        Submission.objects.filter(pk=school.submission.pk).update(
            attachments=[
                {"name": "Essay", "path": own},
                {"path": others},
                f"../{own}",
                "https://example.com/x.pdf",
                f"{school.submission.pk}/not-there.txt",
            ]
        )
    files, _count = make(school, school.student, tmp_path)
    assert [name for name in files if name.startswith("files/")] == [f"files/{own}"]
    assert files[f"files/{own}"] == b"my essay"


def test_the_record_and_the_photo_are_in_it(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        person = User.objects.get(pk=school.student.pk)
        person.metadata = {"locker": "117", "grades": "09"}
        photos.keep(person, b"a picture")
        person.save()
    files, _count = make(school, school.student, tmp_path)
    profile = dict(rows(files, "profile"))
    assert (profile["Locker"], profile["From another system: grades"]) == ("117", "09")
    assert files[f"files/{person.photo}"] == b"a picture"


def test_long_tables_are_whole_in_their_file_and_cut_on_the_page(school, tmp_path, monkeypatch):
    monkeypatch.setattr(portability, "ROWS_ON_PAGE", 1)
    with tenant_context(school.tenant, school.admin):
        for number in range(3):
            Payment.objects.create(
                invoice=school.invoice, student=school.student, amount=Decimal(1),
                payment_method="cash", notes=f"note {number}",
            )  # fmt: skip
    files, _count = make(school, school.student, tmp_path)
    assert len(rows(files, "payments")) == 4
    assert "3 more rows are in payments.csv." in text(files)
    section = text(files).partition('<section id="payments">')[2].partition("</section>")[0]
    assert section.count("<tr>") == 2  # the header, and one row


def test_progress_is_reported_and_can_stop_it(school, tmp_path):
    class Stop(Exception):
        pass

    def stop(rows):
        raise Stop

    export = SimpleNamespace(selection=[str(school.student.pk)])
    with tenant_context(school.tenant, school.admin), pytest.raises(Stop):
        portability.build(export, tmp_path / "x.zip", stop)


@pytest.mark.parametrize("who", ["teacher", "student"])
def test_only_an_admin_makes_one(school, tmp_path, who):
    with pytest.raises(ExportRefused):
        make(school, school.student, tmp_path, by=getattr(school, who))


def test_another_schools_person_is_not_there(cast, tmp_path):
    with pytest.raises(ExportRefused):
        make(cast.a, cast.b.student, tmp_path)


def test_names_of_tables_are_unique(cast):
    names = [table.name for table in TABLES]
    assert len(set(names)) == len(names)


def test_the_answers_of_an_assignment_are_in_nobodys_file(school, tmp_path):
    with tenant_context(school.tenant, school.admin):
        school.assignment.content = {"questions": [{"answer": "the secret answer"}]}
        school.assignment.save(update_fields=["content"])
    files, _count = make(school, school.student, tmp_path)
    assert [name for name, data in files.items() if b"the secret answer" in data] == []
