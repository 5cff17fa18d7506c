"""Attacks on the queue of jobs: a request queues its own school's, and reads or changes none."""

import psycopg
import pytest
from django.db import connection

from core import jobs
from core.rls import tenant_context
from core.services.mail import send_mail
from tests.factories import queue
from tests.prepared import CAST_DATABASE
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

WHO = ["nobody", "admin", "teacher", "student", "guardian"]
IS_A_PROCEDURE = "42809"  # wrong_object_type
TASK = "core.services.mail.send_mail"
QUEUED = "SELECT args, lock FROM procrastinate_jobs ORDER BY id"


def person(school, who):
    return None if who == "nobody" else getattr(school, who)


def ask(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() if cursor.description else None


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT args FROM procrastinate_jobs",
        "SELECT count(*) FROM procrastinate_events",
        "SELECT count(*) FROM procrastinate_workers",
        "SELECT count(*) FROM procrastinate_periodic_defers",
        "SELECT last_value FROM procrastinate_jobs_id_seq",
        "SELECT nextval('procrastinate_jobs_id_seq')",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'x')",
        "UPDATE procrastinate_jobs SET status = 'cancelled'",
        "DELETE FROM procrastinate_jobs",
        "DELETE FROM procrastinate_workers",
        "SELECT * FROM procrastinate_fetch_job_v2(NULL, 1)",
        "SELECT procrastinate_cancel_job_v1(1, true, true)",
        "SELECT procrastinate_finish_job_v1(1, 'failed', true)",
        "SELECT procrastinate_retry_job_v2(1, now(), 0, NULL, NULL)",
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
        "'q', 't', 0, NULL, NULL, '{}', NULL)::procrastinate_job_to_defer_v1])",
        "SELECT procrastinate_defer_periodic_job_v2('q', NULL, NULL, 't', 0, 'p', 1, '{}')",
        "SELECT * FROM procrastinate_register_worker_v1()",
        "SELECT procrastinate_unregister_worker_v1(1)",
        "SELECT procrastinate_update_heartbeat_v1(1)",
        "SELECT * FROM procrastinate_prune_stalled_workers_v1(0)",
    ],
)
def test_the_queue_is_the_workers(cast, who, statement):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("privilege"):
        ask(statement)


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
def test_a_job_is_of_ones_own_school_whatever_its_arguments_say(cast, who):
    user, other = getattr(cast.a, who), cast.b.tenant.pk
    with tenant_context(cast.a.tenant, user):
        jobs.defer(send_mail, lock=f"{other} imports", tenant_id=other, user_id=user.pk)
    own = str(cast.a.tenant.pk)
    arguments = {"tenant_id": own, "user_id": str(user.pk)}
    assert queue.queued(TASK) == [arguments]
    assert queue.execute(QUEUED)[0][1] == f"{own} {other} imports"


@pytest.mark.parametrize("who", ["nobody", "teacher", "student", "guardian"])
def test_a_job_in_somebody_elses_name_is_the_offices_to_queue(cast, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("jobs_own"):
        jobs.defer(send_mail, user_id=cast.a.admin.pk)
    with tenant_context(cast.a.tenant, role="admin"):
        jobs.defer(send_mail, user_id=cast.a.admin.pk)
    assert len(queue.queued(TASK, user_id=cast.a.admin.pk)) == 1


def test_without_a_school_no_job_is_queued(db):
    with refused_by("jobs_own"):
        jobs.defer(send_mail, mail_id="x")


def test_another_schools_job_is_not_hurried(cast):
    with tenant_context(cast.a.tenant):
        jobs.defer(send_mail, mail_id="m")
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert jobs.hurry(send_mail, mail_id="m") == 0
        assert jobs.hurry(send_mail, mail_id="m", tenant_id=cast.a.tenant.pk) == 0
    with tenant_context(cast.a.tenant, cast.a.student):
        assert jobs.hurry(send_mail, mail_id="m") == 0
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert jobs.hurry(send_mail, mail_id="m") == 1


@pytest.mark.parametrize(
    "writing", [f"queue_job('{TASK}', 'q', NULL, '{{}}')", f"hurry_job('{TASK}', '{{}}', NULL)"]
)
def test_no_expression_in_a_query_queues_a_job(cast, writing):
    with tenant_context(cast.a.tenant, cast.a.admin), refused_by(IS_A_PROCEDURE):
        ask(f"SELECT name FROM users ORDER BY (SELECT app.{writing})")


def test_who_is_signed_in_is_not_told_how_busy_the_others_are(cast):
    with tenant_context(cast.a.tenant):
        jobs.defer(send_mail, mail_id="m")
    queue.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert jobs.queue_state() == {"oldest_waiting_seconds": 0, "failed": 1}
    for who in ("admin", "teacher", "student", "guardian"):
        with tenant_context(cast.a.tenant, getattr(cast.a, who)):
            assert jobs.queue_state() == {"oldest_waiting_seconds": 0, "failed": 0}


def test_no_expression_has_a_worker_abort_a_job(postgres, django_db_setup):
    """The worker ends a job when it is notified so."""
    with (
        psycopg.connect(postgres.url("app", CAST_DATABASE)) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("SELECT pg_notify('procrastinate_any_queue_v1', '{}')")
