"""Mail through the queue: kept, tried again, given up, and sent again."""

import smtplib
import socket
import ssl

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import jobs, tasks
from core.models import Mail, Tenant, User
from core.rls import tenant_context
from core.services import invitations, mail
from tests.factories import queue
from tests.factories.mail import queued_mail, send_queued_mail
from tests.refusals import refused_by

pytestmark = pytest.mark.django_db

NOT_OFFERED = (
    "The mail server does not take the encryption or sign-in that is set up for it."
    " Tell the people who run this application."
)


@pytest.fixture
def invited(cast):
    """The mail of an invitation to the student that waits in the queue."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        return invitations.send(cast.a.student)


def state(cast, row):
    with tenant_context(cast.a.tenant, cast.a.admin):
        now = Mail.objects.get(pk=row.pk)
    return now.state, now.attempts, now.error


def silent():
    """Return what smtplib raises when the server says nothing for `EMAIL_TIMEOUT` seconds."""
    error = smtplib.SMTPServerDisconnected("Connection unexpectedly closed: timed out")
    error.__context__ = TimeoutError("timed out")
    return error


def failing(monkeypatch, error):
    def send(message):
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)


def test_a_mail_is_kept_with_what_became_of_it_and_without_its_link(cast, invited):
    assert state(cast, invited) == ("waiting", 0, "")
    assert outbox.outbox == []
    assert send_queued_mail() == 1
    [message] = outbox.outbox
    assert message.to == [cast.a.student.email]
    assert f"http://{cast.a.host}/password/set/" in message.body
    assert state(cast, invited) == ("sent", 1, "")
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = Mail.objects.select_related("recipient", "requested_by").get(pk=invited.pk)
        with connection.cursor() as cursor:
            cursor.execute("select to_jsonb(m)::text from mails m where id = %s", [row.pk])
            [text] = cursor.fetchone()
    assert (row.recipient, row.requested_by) == (cast.a.student, cast.a.admin)
    assert (row.subject, row.sent_at is None) == (message.subject, False)
    link = message.body.split("/password/set/")[1].split()[0]
    assert link.split("/")[1] not in text


def test_a_mail_that_was_sent_is_not_sent_twice(cast, invited):
    [arguments] = queued_mail()
    mail.deliver(**arguments)
    mail.deliver(**arguments)
    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(), "The mail server could not be reached."),
        (socket.gaierror(-2, "Name not known"), "The mail server could not be reached."),
        (TimeoutError(), "The mail server did not answer in time."),
        (silent(), "The mail server did not answer in time."),
        (
            smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
            "The mail server broke off the connection.",
        ),
        (smtplib.SMTPNotSupportedError("STARTTLS"), NOT_OFFERED),
        (ssl.SSLError("wrong version"), NOT_OFFERED),
        (UnicodeError("idna"), "The mail could not be written or sent."),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")}), "450 greylisted"),
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "535 bad password"),
    ],
)
def test_a_server_that_is_down_is_tried_again(cast, invited, monkeypatch, error, text):
    [arguments] = queued_mail()
    with monkeypatch.context() as patch:
        failing(patch, error)
        with pytest.raises(type(error)):
            mail.deliver(**arguments)
    assert state(cast, invited) == ("waiting", 1, text)
    mail.deliver(**arguments)
    assert state(cast, invited) == ("sent", 2, "")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), "550 no such user"),
        (smtplib.SMTPDataError(554, b"rejected"), "554 rejected"),
    ],
)
def test_an_address_that_is_refused_fails_at_once(cast, invited, monkeypatch, error, text):
    failing(monkeypatch, error)
    send_queued_mail()
    assert state(cast, invited) == ("failed", 1, text)


def test_given_up_it_has_failed_with_the_last_error(cast, invited, monkeypatch):
    [arguments] = queued_mail()
    failing(monkeypatch, ConnectionRefusedError())
    with pytest.raises(ConnectionRefusedError):
        mail.deliver(**arguments)
    mail.give_up(**arguments)
    assert state(cast, invited) == ("failed", 1, "The mail server could not be reached.")


def test_it_is_tried_for_a_day_with_growing_pauses():
    strategy = jobs.PatientRetry()

    class Job:
        attempts = 0

    waits = []
    while decision := strategy.get_retry_decision(exception=OSError(), job=Job):
        waits.append(round((decision.retry_at - timezone.now()).total_seconds() / 60))
        Job.attempts += 1
    assert waits == [1, 4, 15, 60, 180, 480, 720]
    assert jobs._runs[tasks.send_mail.name] == 8


@pytest.mark.parametrize("status", ["suspended", "archived"])
def test_who_was_closed_meanwhile_is_not_written_to(cast, invited, status):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(status=status)
    send_queued_mail()
    assert outbox.outbox == []
    assert state(cast, invited) == ("failed", 1, "The person's account is closed.")


def test_a_closed_school_sends_nothing(cast, invited):
    with tenant_context(cast.platform, cast.operator):
        Tenant.objects.filter(pk=cast.a.tenant.pk).update(status="suspended")
    send_queued_mail()
    assert outbox.outbox == []
    assert state(cast, invited) == ("failed", 1, "The school is closed.")


def test_sending_again_takes_the_present_address(cast, invited):
    send_queued_mail()
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(email="new@school-a.example")
        mail.send_again(Mail.objects.get(pk=invited.pk))
    send_queued_mail()
    assert [m.to for m in outbox.outbox] == [[cast.a.student.email], ["new@school-a.example"]]


def scheduled():
    """Return when each job of a mail is due; None: now."""
    jobs = "select scheduled_at from procrastinate_jobs where queue_name = 'mail'"
    return [due for [due] in queue.execute(jobs)]


def test_sending_again_what_waits_for_another_try_tries_it_now(cast, invited):
    with tenant_context(cast.a.tenant, cast.a.admin):
        other = invitations.send(cast.a.teacher)
        queue.execute("update procrastinate_jobs set scheduled_at = now() + interval '12 h'")
        assert mail.send_again(Mail.objects.get(pk=invited.pk)) == invited
    assert [due is None for due in scheduled()] in ([True, False], [False, True])
    assert send_queued_mail() == 2
    assert [state(cast, row)[0] for row in (invited, other)] == ["sent", "sent"]
    assert len(outbox.outbox) == 2


def test_what_waits_without_a_job_gets_one(cast, invited):
    queued_mail()
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert mail.send_again(Mail.objects.get(pk=invited.pk)) == invited
    assert send_queued_mail() == 1
    assert state(cast, invited)[0] == "sent"


def test_a_link_does_not_go_to_an_address_that_was_put_right_meanwhile(cast, invited):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(email="new@school-a.example")
        again = mail.send_again(Mail.objects.get(pk=invited.pk))
    assert again != invited
    send_queued_mail()
    assert [message.to for message in outbox.outbox] == [["new@school-a.example"]]
    text = "The person's address was changed meanwhile. Send it again."
    assert state(cast, invited) == ("failed", 1, text)


def test_a_stranger_does_the_same_whether_there_is_such_a_person(cast):
    counts = {}
    for email in (cast.a.student.email.upper(), "nobody@school-a.example", cast.b.admin.email):
        with tenant_context(cast.a.tenant), connection.cursor() as cursor:
            cursor.execute("select 1")  # sends the context
            with CaptureQueriesContext(connection) as queries:
                invitations.ask_reset(email)
            counts[email] = len(queries)
    assert len(set(counts.values())) == 1
    assert len(queued := queued_mail()) == 3
    for arguments in queued:
        mail.deliver(**arguments)
    assert [m.to for m in outbox.outbox] == [[cast.a.student.email]]


def test_a_closed_account_has_no_password_to_forget(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        before = Mail.objects.count()
        User.objects.filter(pk=cast.a.student.pk).update(status="suspended")
    with tenant_context(cast.a.tenant):
        invitations.ask_reset(cast.a.student.email)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Mail.objects.count() == before


def test_nobody_reads_mail_but_the_office(cast, invited):
    for person in (cast.a.teacher, cast.a.student, cast.a.guardian, None):
        with tenant_context(cast.a.tenant, person), refused_by("privilege"):
            Mail.objects.count()
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not Mail.objects.filter(pk=invited.pk).exists()


def test_a_mail_server_may_be_silent_for_so_long(settings):
    assert settings.EMAIL_TIMEOUT == 30
