"""The application as it is installed: real settings, gunicorn, asked over HTTP by a visitor."""

import html
import http.client
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.factories.cast import BROWSER_SUBDOMAIN
from tests.school.installation import BASE_DIR, without_variables
from tests.waiting import wait_until

HOST = f"{BROWSER_SUBDOMAIN}.localhost"
PRODUCTION = {
    "DEBUG": "off",
    "HTTPS": "on",
    "BEHIND_PROXY": "on",
    "SECRET_KEY": "a-secret-of-the-tests-" * 3,
    "WEB_CONCURRENCY": "1",
}
UMASK = 0o077  # a careful administrator's


def environment(directory, server, database, **variables):
    """Return the environment of an installation in `directory` on a database of `server`."""
    inherited = without_variables()
    inherited.pop("DJANGO_SETTINGS_MODULE", None)
    here = {
        "SCHOOL_DATA_DIR": str(directory),
        "DATABASE_URL": server.url("app", database),
        "DATABASE_OWNER_URL": server.url("owner", database),
    }
    return inherited | PRODUCTION | here | variables


def python(*arguments, environment, cwd=BASE_DIR):
    """Run Python to its end; return the `CompletedProcess` with its output as text."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, umask=UMASK, capture_output=True, text=True, timeout=120
    )


@contextmanager
def checkout(directory, dot_env):
    """Yield a copy of the project with a `.env`: the settings read the one beside them."""
    for path in BASE_DIR.iterdir():
        if path.name == "school":
            shutil.copytree(path, directory / path.name)
        elif path.name in ("manage.py", "gunicorn.conf.py"):
            shutil.copy(path, directory)
        elif not path.name.startswith(".") and path.name != "var":
            (directory / path.name).symlink_to(path)
    (directory / ".env").write_text("".join(f"{name}={dot_env[name]}\n" for name in dot_env))
    yield directory


@contextmanager
def served(environment, log):
    """Run gunicorn as docs/deployment.md says; yield its port once it is ready.

    What it prints goes into the file `log`.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    bind = ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "school.wsgi:application", *bind],
            cwd=BASE_DIR, env=environment, umask=UMASK, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until(lambda: process.poll() is not None or is_up(port), 60)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(30)


def is_up(port):
    try:
        return Visitor(port).get("/healthz").status == 200
    except OSError:
        return False


@dataclass
class Answer:
    """What a visitor is answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return html.unescape(self.body.decode())

    @property
    def cookies(self):
        """Return the `Morsel` of each cookie that is set, by its name."""
        return SimpleCookie("\n".join(self.headers.get_all("Set-Cookie", [])))


@dataclass
class Visitor:
    """A browser behind the proxy that terminates TLS; it keeps its cookies."""

    port: int
    host: str = HOST
    scheme: str = "https"  # as the proxy says it
    address: str = "192.0.2.7"
    cookies: dict = field(default_factory=dict)

    def get(self, path, **headers):
        return self.ask("GET", path, headers)

    def post(self, path, data, **headers):
        """Send a form of a page of this site, with the token of that page."""
        page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        sent = data | ({"csrfmiddlewaretoken": token[1]} if token else {})
        own = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"{self.scheme}://{self.host}",
        }
        return self.ask("POST", path, own | headers, urlencode(sent))

    def ask(self, method, path, headers, body=None):
        sent = {
            "Host": self.host,
            "X-Forwarded-Proto": self.scheme,
            "X-Forwarded-For": self.address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, sent | headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        self.cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
        return answer
