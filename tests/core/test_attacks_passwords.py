"""Attacks on passwords: the sign-in page alone reads their hashes, and their people set them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import passwords
from core.models import User
from core.rls import as_application, tenant_context
from tests.factories.cast import PASSWORD
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

WHO = ["nobody", "admin", "teacher", "student", "guardian"]
IS_A_PROCEDURE = "42809"  # wrong_object_type
NEW_HASH = "md5$salt$0"


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
        "SELECT password FROM credentials",
        "SELECT count(*) FROM credentials",
        "UPDATE credentials SET password = 'x'",
        "DELETE FROM credentials",
        "INSERT INTO credentials (id, tenant_id, password)"
        " VALUES (app.user_id(), app.tenant_id(), 'x')",
    ],
)
def test_the_table_is_nobodys(cast, who, statement):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("privilege"):
        ask(statement)


@pytest.mark.parametrize("who", ["admin", "registrar"])  # others read single columns only
def test_no_row_of_a_person_has_a_hash(cast, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)):
        [text] = ask("SELECT string_agg(to_jsonb(u)::text, ' ') FROM users u")
        assert "password_version" in text
        assert "md5$" not in text


def hash_of(user):
    with as_application():  # whom alone the function answers
        return ask(passwords.HASH, [user.tenant_id, user.pk])[0]


@pytest.mark.parametrize("who", WHO)
def test_no_query_of_a_person_looks_a_hash_up(cast, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("privilege"):
        ask(passwords.HASH, [cast.a.tenant.pk, cast.a.admin.pk])


@pytest.mark.parametrize("who", ["admin", "teacher", "student", "guardian"])
def test_nobody_can_read_a_hash_not_even_their_own(cast, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)):
        assert hash_of(cast.a.admin) is None
        assert hash_of(person(cast.a, who)) is None
    with tenant_context(cast.a.tenant, role="admin"):
        assert hash_of(cast.a.admin) is None
    with tenant_context(cast.a.tenant):
        assert hash_of(cast.a.admin).partition("$")[0] == "md5"


def test_only_a_password_that_was_typed_has_a_hash_looked_up(cast):
    client = Client(headers={"host": cast.a.host})

    def looked_up(do):
        with CaptureQueriesContext(connection) as captured:
            do()
        return sum("app.password_hash" in query["sql"] for query in captured)

    form = {"username": cast.a.student.email, "password": PASSWORD}
    assert looked_up(lambda: client.get(reverse("login"))) == 0
    assert looked_up(lambda: client.post(reverse("login"), form)) == 1
    assert looked_up(lambda: client.get("/")) == 0
    assert looked_up(lambda: client.get(reverse("profile"))) == 0
    new = {"new_password1": "another-long-one", "new_password2": "another-long-one"}
    change = reverse("password_change")
    assert looked_up(lambda: client.post(change, new | {"old_password": PASSWORD})) == 1


def test_who_asks_for_a_password_again_goes_on_as_before(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert cast.a.teacher.check_password(PASSWORD)
        assert ask("SELECT app.user_id(), app.user_role()") == (cast.a.teacher.pk, "teacher")


def test_nobody_sets_a_password(cast):
    with tenant_context(cast.a.tenant), refused_by("privilege"):
        ask(passwords.SET, [cast.a.student.pk, NEW_HASH])
    with tenant_context(cast.a.tenant), as_application(), refused_by("credentials_own"):
        ask(passwords.SET, [cast.a.student.pk, NEW_HASH])


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
def test_a_password_is_set_by_its_person_or_the_office(cast, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("credentials_own"):
        ask(passwords.SET, [cast.a.other_student.pk, NEW_HASH])
    assert cast.a.other_student.check_password(PASSWORD)


@pytest.mark.parametrize("who", ["admin", "operator"])
def test_a_password_of_another_school_is_set_by_nobody(cast, who):
    school = cast.platform if who == "operator" else cast.b.tenant
    by = cast.operator if who == "operator" else cast.b.admin
    with tenant_context(school, by), refused_by("credentials_own"):
        ask(passwords.SET, [cast.a.student.pk, NEW_HASH])
    assert cast.a.student.check_password(PASSWORD)


@pytest.mark.parametrize("who", ["admin", "student"])
def test_no_expression_in_a_query_sets_a_password(cast, who):
    own = person(cast.a, who).pk
    sql = f"SELECT name FROM users ORDER BY (SELECT app.set_password('{own}', 'x', NULL))"
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by(IS_A_PROCEDURE):
        ask(sql)


@pytest.mark.parametrize(
    ("who", "rule"), [("admin", "users_keep_password_version"), ("student", "privilege")]
)
def test_what_ends_old_sessions_is_not_written_by_hand(cast, who, rule):
    user = person(cast.a, who)
    with tenant_context(cast.a.tenant, user):
        for version in ("gen_random_uuid()", "NULL"):
            with refused_by(rule):
                ask(f"UPDATE users SET password_version = {version} WHERE id = %s", [user.pk])


def test_nobody_is_created_with_a_version(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), refused_by("users_keep_password_version"):
        User.objects.create(
            email="n@example.com", name="N", role="student", password_version=cast.a.admin.pk
        )


def test_a_password_that_is_taken_away_leaves_nothing(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        student = User.objects.get(pk=cast.a.student.pk)
        student.set_unusable_password()
        student.save(update_fields=["password"])
        student.refresh_from_db()
        assert (student.password_version, student.has_usable_password()) == (None, False)
    assert passwords.stored(cast.a.tenant.pk, student.pk) == "!"
    assert not student.check_password("!")
