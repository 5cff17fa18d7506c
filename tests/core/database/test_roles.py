"""The two roles: what they may do, and which roles are refused."""

import psycopg
import pytest

from core.database import roles
from core.database.errors import SetupError

pytestmark = pytest.mark.database

DATABASE = "roles_test"


@pytest.fixture
def admin(server):
    """An administrator's connection; the database and both roles are gone before and after."""
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as connection:
        _clean(connection)
        yield connection
        _clean(connection)


def _clean(admin):
    databases = admin.execute(
        "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres') AND NOT datistemplate"
    ).fetchall()
    for (database,) in databases:
        admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    for role in (*roles.ACTING.values(), "school_app", "school_owner", "manager"):
        admin.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def prepared(admin, server):
    roles.prepare(server.url("admin"), DATABASE)
    return server


def run_as(server, role, statement):
    with psycopg.connect(server.url(role, DATABASE), autocommit=True) as connection:
        return connection.execute(statement)


def test_prepare_can_be_repeated(prepared):
    roles.prepare(prepared.url("admin"), DATABASE)
    run_as(prepared, "owner", "CREATE TABLE kept AS SELECT 1 AS one")
    roles.prepare(prepared.url("admin"), DATABASE)
    with psycopg.connect(prepared.url("app", DATABASE)) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_owner_owns_the_database_and_the_extensions(prepared, admin):
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
    assert admin.execute(owner, [DATABASE]).fetchone() == ("school_owner",)
    with psycopg.connect(prepared.url("admin", DATABASE)) as connection:
        extensions = connection.execute(
            "SELECT extname, extowner::regrole::text FROM pg_extension ORDER BY 1"
        ).fetchall()
    assert extensions == [
        ("btree_gist", "school_owner"),
        ("pg_trgm", "school_owner"),
        ("plpgsql", "postgres"),
        ("unaccent", "school_owner"),
    ]


@pytest.mark.parametrize("role", ["school_owner", "school_app"])
def test_neither_role_stands_above_row_level_security(prepared, admin, role):
    rights = admin.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin"
        "  FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()
    assert rights == (False, False, False, False, False, True)


@pytest.fixture(scope="class")
def with_rows(server):
    """The server with the prepared database, a table and a sequence; for tests that keep them."""
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as connection:
        _clean(connection)
        roles.prepare(server.url("admin"), DATABASE)
        run_as(server, "owner", "CREATE TABLE rows (id int)")
        run_as(server, "owner", "CREATE SEQUENCE numbers")
        yield server
        _clean(connection)


def rights_of(admin, role):
    return admin.execute(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, pg_has_role('school_app', oid, 'MEMBER'),"
        " pg_has_role('school_app', oid, 'USAGE') FROM pg_roles WHERE rolname = %s",
        [role],
    ).fetchone()


@pytest.mark.parametrize("role", roles.ACTING.values())
def test_the_application_becomes_each_acting_role_and_inherits_none(prepared, admin, role):
    assert rights_of(admin, role) == (False, False, False, True, False)
    with psycopg.connect(prepared.url("app", DATABASE)) as connection:
        connection.execute(f"SET ROLE {role}")
        assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_an_operator_is_an_admin_and_no_other_role_is_another(prepared, admin):
    members = admin.execute(
        "SELECT r.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid"
        " JOIN pg_roles m ON m.oid = a.member WHERE m.rolname = ANY(%s)",
        [list(roles.ACTING.values())],
    )
    assert members.fetchall() == [("school_admin", "school_operator")]


def test_an_acting_role_above_row_level_security_is_refused(prepared, admin):
    admin.execute("ALTER ROLE school_teacher BYPASSRLS")
    with pytest.raises(SetupError, match="school_teacher bypasses row-level security"):
        roles.prepare(prepared.url("admin"), DATABASE)


def test_no_expression_of_the_application_sets_anything(prepared):
    for statement in (
        "SELECT set_config('app.user_role', 'admin', true)",
        "SELECT set_config('role', 'school_admin', true)",
        "UPDATE pg_settings SET setting = 'x' WHERE name = 'application_name'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run_as(prepared, "app", statement)
    run_as(prepared, "owner", "SELECT set_config('app.user_role', 'admin', false)")


def test_an_administrator_who_may_not_close_set_config_says_so(admin, server):
    admin.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB")
    url = server.url("admin", DATABASE).replace("postgres@", "manager@")
    assert roles.prepare(url, DATABASE) == list(roles.WITHHELD.values())
    assert roles.prepare(server.url("admin"), DATABASE) == []
    assert roles.prepare(url, DATABASE) == []


def test_the_application_is_in_utc_without_setting_it(prepared):
    assert run_as(prepared, "app", "SHOW timezone").fetchone() == ("UTC",)


class TestApp:
    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE EXTENSION citext",
            "TRUNCATE rows",
            "DROP TABLE rows",
            "ALTER TABLE rows DISABLE ROW LEVEL SECURITY",
            "SET ROLE school_owner",
            "SET SESSION AUTHORIZATION postgres",
            "ALTER ROLE school_app BYPASSRLS",
            "COPY rows FROM PROGRAM 'true'",
        ],
    )
    def test_may_not(self, with_rows, statement):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run_as(with_rows, "app", statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO rows DEFAULT VALUES",
            "UPDATE rows SET id = id",
            "DELETE FROM rows",
            "SELECT nextval('numbers')",
            "CREATE TEMPORARY TABLE mine (id int)",
        ],
    )
    def test_may(self, with_rows, statement):
        run_as(with_rows, "app", statement)

    def test_a_temporary_table_stands_in_for_none_of_ours(self, with_rows):
        with psycopg.connect(with_rows.url("app", DATABASE)) as app:
            app.execute("CREATE TEMPORARY TABLE rows AS SELECT 1 AS forged")
            selected = app.execute("SELECT * FROM rows")
            assert [column.name for column in selected.description] == ["id"]


def test_nobody_else_may_connect(prepared, admin):
    admin.execute("CREATE ROLE manager LOGIN")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(prepared.url("app", DATABASE), user="manager")


def test_prepare_as_an_administrator_without_superuser(admin, server):
    admin.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB")
    url = server.url("admin", DATABASE).replace("postgres@", "manager@")
    roles.prepare(url, DATABASE)
    roles.prepare(url, DATABASE)
    run_as(server, "owner", "CREATE TABLE rows (id int)")
    run_as(server, "app", "INSERT INTO rows VALUES (1)")


def test_prepare_takes_an_existing_database_over(admin, server):
    admin.execute(f"CREATE DATABASE {DATABASE}")
    roles.prepare(server.url("admin"), DATABASE)
    run_as(server, "owner", "CREATE TABLE rows (id int)")


def test_prepare_sets_passwords_that_the_log_does_not_show(admin, server):
    roles.prepare(server.url("admin"), DATABASE, owner_password="own-er", app_password="ap-p")
    stored = admin.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'school%' AND rolcanlogin ORDER BY 1"
    ).fetchall()
    assert [password[0].split("$")[0] for password in stored] == ["SCRAM-SHA-256"] * 2
    assert "ap-p" not in server.cluster.log.read_text()
    roles.prepare(server.url("admin"), DATABASE)
    again = admin.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'school%' AND rolcanlogin ORDER BY 1"
    ).fetchall()
    assert again == stored


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER ROLE school_app SUPERUSER", "school_app is a superuser"),
        ("ALTER ROLE school_app BYPASSRLS", "school_app bypasses row-level security"),
        ("ALTER ROLE school_owner BYPASSRLS", "school_owner bypasses row-level security"),
        ("GRANT school_owner TO school_app", "school_app is a member of school_owner"),
    ],
)
def test_role_above_row_level_security_is_refused(prepared, admin, statement, message):
    admin.execute(statement)
    with pytest.raises(SetupError, match=message):
        roles.prepare(prepared.url("admin"), DATABASE)


def test_database_of_another_encoding_is_refused(admin, server):
    admin.execute(f"CREATE DATABASE {DATABASE} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(SetupError, match="has the encoding LATIN1; it must be UTF8"):
        roles.prepare(server.url("admin"), DATABASE)


def test_administrator_without_rights_is_refused(prepared):
    with pytest.raises(SetupError, match="The administrator may not prepare the database"):
        roles.prepare(prepared.url("app", DATABASE), "another")


def test_server_that_does_not_answer_is_refused():
    with pytest.raises(SetupError, match=r"^Cannot reach the database server: .*refused"):
        roles.prepare("postgresql://postgres@127.0.0.1:1/postgres")
