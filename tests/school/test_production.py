"""The settings of production, served by gunicorn: what a browser, a proxy and a monitor get."""

import re
import stat
from urllib.parse import urljoin

import psycopg
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests import prepared
from tests.factories.cast import BROWSER_SUBDOMAIN, PASSWORD
from tests.school import website
from tests.school.website import HOST, Visitor

pytestmark = pytest.mark.process

DATABASE = "test_production"
TEACHER = f"teacher@{BROWSER_SUBDOMAIN}.example"
STYLES = re.compile(r'href="(/static/core/pages\.[0-9a-f]{12}\.css)"')
MODULE = re.compile(r'<script\s+type="module"\s+src="([^"]+)"')
PRELOADED = re.compile(r'<link rel="modulepreload" href="([^"]+)"')
IMPORTED = re.compile(r'^(?:import|export)\b[^"]*"([^"]+)";', re.MULTILINE)
YEARS = "max-age=315360000, public, immutable"  # an address with a digest never changes
HSTS = "max-age=2592000; includeSubDomains"


@pytest.fixture(scope="module")
def database(postgres):
    """A database of a school whose people's passwords were hashed as they were years ago."""
    old = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    with prepared.new_database(postgres, DATABASE, prepared.BROWSER_DATABASE):
        with psycopg.connect(postgres.url("owner", DATABASE)) as owner:
            owner.execute("UPDATE credentials SET password = %s", [old])
        yield DATABASE


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module")
def environment(postgres, database, directory):
    """The environment, with the static files collected."""
    environment = website.environment(directory, postgres, database)
    done = website.python("manage.py", "collectstatic", "--noinput", environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return environment


@pytest.fixture(scope="module")
def port(environment, directory):
    with website.served(environment, directory / "log") as port:
        yield port


@pytest.fixture
def visitor(port):
    return Visitor(port)


@pytest.fixture
def owner(postgres, database):
    with psycopg.connect(postgres.url("owner", database), autocommit=True) as connection:
        yield connection


def sign_in(visitor, email=TEACHER):
    return visitor.post("/login/", {"username": email, "password": PASSWORD})


def attributes(morsel):
    names = ("secure", "httponly", "samesite", "max-age", "path", "domain")
    return {name: morsel[name] for name in names}


# The browser --------------------------------------------------------------------------------------


def test_cookies_are_for_https_and_this_host_only(visitor):
    page = visitor.get("/login/")
    assert attributes(page.cookies["csrftoken"]) == {
        "secure": True,
        "httponly": "",
        "samesite": "Lax",
        "max-age": "31449600",
        "path": "/",
        "domain": "",
    }
    answer = sign_in(visitor)
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert attributes(answer.cookies["sessionid"]) == {
        "secure": True,
        "httponly": True,
        "samesite": "Lax",
        "max-age": "43200",
        "path": "/",
        "domain": "",
    }
    assert visitor.get("/admin/").status == 200


def test_messages_are_for_https_only_too(visitor):
    sign_in(visitor)
    answer = visitor.post("/profile/", {"name": "Teacher", "phone": "555 1"})
    assert answer.status == 302
    assert attributes(answer.cookies["messages"])["secure"] is True
    assert attributes(answer.cookies["messages"])["httponly"] is True


@pytest.mark.parametrize("path", ["/login/", "/admin/", "/nowhere/"])
def test_a_page_is_neither_framed_nor_sniffed_nor_named_to_other_sites(visitor, path):
    answer = visitor.get(path)
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")
    assert [answer.headers[name] for name in names] == ["DENY", "nosniff", "same-origin"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Strict-Transport-Security"] == HSTS


@pytest.mark.parametrize("path", ["/login/?next=/admin/", "/static/nothing.css", "/nowhere/"])
def test_http_is_sent_to_https(port, path):
    answer = Visitor(port, scheme="http").get(path)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}{path}")
    assert answer.headers["Strict-Transport-Security"] is None  # a browser ignores it there


def test_a_form_of_another_site_is_refused(visitor):
    """Signed in, since Django's page to sign in looks at the form itself."""
    data = {"username": TEACHER, "password": PASSWORD}
    for origin in ("https://evil.example", f"http://{HOST}"):
        assert visitor.post("/login/", data, Origin=origin).status == 403
    assert visitor.post("/login/", data).status == 302
    phone = {"phone": "+49 30 1"}
    for origin in ("https://evil.example", f"http://{HOST}"):
        assert visitor.post("/profile/", phone, Origin=origin).status == 403
    assert visitor.post("/profile/", phone).status == 302


def test_a_missing_page_shows_nothing_of_the_inside(visitor):
    answer = visitor.get("/nowhere/")
    assert answer.status == 404
    for inside in ("URLconf", "DEBUG", "Traceback"):
        assert inside not in answer.text


def test_a_page_is_sent_compressed(visitor):
    answer = visitor.get("/login/", **{"Accept-Encoding": "gzip, br"})
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert visitor.get("/login/").headers["Content-Encoding"] is None


# Static files -------------------------------------------------------------------------------------


def test_styles_have_an_address_of_their_content_and_are_kept(visitor):
    address = STYLES.search(visitor.get("/login/").text)[1]
    answer = visitor.get(address)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, YEARS)
    for encoding in ("gzip", "br"):
        packed = visitor.get(address, **{"Accept-Encoding": encoding})
        assert (packed.status, packed.headers["Content-Encoding"]) == (200, encoding)
    assert visitor.get("/static/core/pages.0123456789ab.css").status == 404


def test_a_script_finds_every_module_that_it_imports(visitor):
    """And the page names each of them, so that none is waited for."""
    sign_in(visitor)
    only_one = visitor.get("/admin/gradebook/").headers["Location"]
    page = visitor.get(only_one).text
    waiting, imported = MODULE.findall(page), set()
    assert len(waiting) > 0
    for address in waiting:
        script = visitor.get(address)
        assert (script.status, script.headers["Cache-Control"]) == (200, YEARS), address
        new = {urljoin(address, name) for name in IMPORTED.findall(script.body.decode())} - imported
        imported |= new
        waiting += sorted(new)
    assert imported == set(PRELOADED.findall(page))
    assert len(imported) > 0


def test_a_host_that_no_school_has_says_so_in_the_usual_look(port):
    stranger = Visitor(port, host="unknown.localhost")
    page = stranger.get("/login/")
    assert page.status == 404
    assert stranger.get(STYLES.search(page.text)[1]).status == 200


def test_whoever_serves_may_read_what_another_account_collected(environment, directory):
    """Although root's umask would keep them to itself."""
    modes = {True: set(), False: set()}
    for path in (directory / "static").rglob("*"):
        modes[path.is_dir()].add(oct(stat.S_IMODE(path.stat().st_mode)))
    assert modes == {True: {"0o755"}, False: {"0o644"}}


# The proxy and the monitor ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forwarded", "believed"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.8", "192.0.2.8"),
        ("6.6.6.6,7.7.7.7,2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_trail_has_the_address_that_our_own_proxy_saw(port, owner, forwarded, believed):
    visitor = Visitor(port, address=forwarded)
    sign_in(visitor)
    assert visitor.post("/profile/", {"name": "Teacher", "phone": forwarded}).status == 302
    (address,) = owner.execute(
        "SELECT metadata->>'ip_address' FROM audit_logs WHERE changes::text LIKE %s",
        [f'%"phone"%{forwarded}%'],
    ).fetchone()
    assert address == believed


def test_a_monitor_is_answered_without_https_and_by_any_name(port):
    monitor = Visitor(port, host="10.0.0.1", scheme="http")
    assert (monitor.get("/healthz").status, monitor.get("/healthz").body) == (200, b"ok\n")
    answer = monitor.get("/readyz")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")


def test_an_outdated_password_is_renewed_by_signing_in(port, owner):
    email = f"student@{BROWSER_SUBDOMAIN}.example"
    query = "SELECT c.password FROM credentials c JOIN users u ON u.id = c.id WHERE u.email = %s"
    (before,) = owner.execute(query, [email]).fetchone()
    visitor = Visitor(port)
    assert sign_in(visitor, email).status == 302
    assert visitor.get("/").status == 200
    (after,) = owner.execute(query, [email]).fetchone()
    assert (before.split("$")[:2], after.split("$")[:2]) == (
        ["pbkdf2_sha256", "1000"],
        ["pbkdf2_sha256", str(PBKDF2PasswordHasher.iterations)],
    )


# What does not start ------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["manage.py", "check"], ["manage.py", "worker"]])
def test_commands_refuse_production_without_a_secret_with_one_sentence(environment, arguments):
    done = website.python(*arguments, environment=environment | {"SECRET_KEY": ""})
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "SECRET_KEY must be set when DEBUG is off."
        " See .env.example for every variable and its form.\n",
    )


def test_the_web_server_refuses_production_without_a_secret(environment):
    done = website.python(
        "-m", "gunicorn", "school.wsgi:application", "--bind", "127.0.0.1:0",
        environment=environment | {"SECRET_KEY": ""},
    )  # fmt: skip
    assert done.returncode == 3  # gunicorn's own: no worker could start
    assert "ImproperlyConfigured: SECRET_KEY must be set when DEBUG is off." in done.stderr


# The file .env ------------------------------------------------------------------------------------


@pytest.fixture
def with_dot_env(tmp_path, environment):
    """Return a function that runs Python in a copy of the project with these variables in .env."""

    def run(*arguments, **variables):
        names = [*website.PRODUCTION, "SCHOOL_DATA_DIR", "DATABASE_URL", "DATABASE_OWNER_URL"]
        dot_env = {name: environment[name] for name in names} | variables
        without = {name: value for name, value in environment.items() if name not in dot_env}
        with website.checkout(tmp_path, dot_env) as project:
            done = website.python(*arguments, environment=without, cwd=project)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_the_web_server_takes_its_processes_and_connections_from_the_file(with_dot_env):
    command = ["-m", "gunicorn", "--print-config", "school.wsgi:application"]
    printed = with_dot_env(*command, WEB_CONCURRENCY="3")
    shown = dict(re.split(r"\s+= ", line, maxsplit=1) for line in printed if " = " in line)
    assert (shown["workers"], shown["threads"]) == ("3", "4")


@pytest.mark.parametrize(("variables", "size"), [({}, 8), ({"DATABASE_POOL_SIZE": "3"}, 3)])
def test_the_web_server_pools_its_connections(with_dot_env, variables, size):
    script = (
        "import school.wsgi; from django.conf import settings;"
        "print(settings.DATABASES['default']['OPTIONS']['pool']['max_size'])"
    )
    assert with_dot_env("-c", script, **variables) == [str(size)]


def test_commands_read_the_file_too(with_dot_env, postgres, database):
    url = postgres.url("admin", database)
    command = ["manage.py", "database", "url", "--role", "admin"]
    assert with_dot_env(*command, DATABASE_ADMIN_URL=url) == [url]
