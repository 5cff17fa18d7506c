"""Time pages of the working tree against those of an earlier revision, side by side.

python -m benchmarks.pages [--base REVISION] [--scale 3] [--rounds 30] [--seconds 8] [-k PART ...]

Each revision runs as in production from a tree, a virtual environment and a database of its own,
with the same example school. One client asks both in turn, then eight at once; milliseconds say
little on a busy machine, so read the ratios.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from benchmarks.harness import ENVIRONMENT

HERE = Path(__file__).resolve().parent.parent
HOST, PASSWORD = "demo.localhost", "school-demo"
ADMIN, TEACHER, STUDENT = "admin", "teacher", "student"
SAVING = "gradebook, save one grade"
# Name: (who asks, address); {register}, {gradebook} and {student} are the fullest of the school.
PAGES = {
    "register, open": (TEACHER, "/admin/register/{register}/"),
    "gradebook, open": (TEACHER, "/admin/gradebook/{gradebook}/"),
    SAVING: (TEACHER, "/admin/gradebook/{gradebook}/cells/"),
    "admin list of people": (ADMIN, "/admin/core/user/?role__exact=student"),
    "admin list of attendance": (ADMIN, "/admin/academics/attendance/"),
    "own list of students": (ADMIN, "/admin/students/"),
    "search by name": (ADMIN, "/admin/core/user/?q=emma"),
    "a student's profile": (ADMIN, "/admin/students/{student}/"),
    "a person's form": (ADMIN, "/admin/core/user/{student}/change/"),
    "admin home": (ADMIN, "/admin/"),
    "teacher home": (TEACHER, "/admin/"),
    "portal, first page": (STUDENT, "/"),
}
FULLEST = """
    with school as (select id from tenants where subdomain = 'demo'),
         class as (select c.id from classes c
                     join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
                     join assignments w on w.tenant_id = c.tenant_id and w.class_id = c.id
                    where c.tenant_id = (select id from school)
                      and t.email = 'teacher@demo.example'
                    group by c.id order by count(*) desc, c.id limit 1)
    select (select s.id from class_sessions s join attendance a on a.class_session_id = s.id
             where s.class_id = (select id from class)
             group by s.id order by count(*) desc, s.id limit 1),
           (select id from class),
           (select e.student_id from enrollments e
             where e.class_id = (select id from class) order by e.student_id limit 1),
           (select json_build_object('student', g.student_id, 'assignment', g.assignment_id)
              from grades g
              join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
              join enrollments e on e.tenant_id = g.tenant_id and e.class_id = w.class_id
                                and e.student_id = g.student_id and e.status = 'active'
             where w.class_id = (select id from class) and w.max_score >= 6
             order by g.id limit 1)
"""


class Installation:
    """One revision with its tree, Python and data, served by gunicorn."""

    def __init__(self, name, tree, directory, python):
        self.name, self.tree, self.python = name, tree, python
        self.port = free_port()
        self.environment = os.environ | ENVIRONMENT | {
            "SCHOOL_DATA_DIR": str(directory), "WEB_CONCURRENCY": "2", "ALLOWED_HOSTS": "*",
            "HTTPS": "off", "PORT": str(self.port),
        }  # fmt: skip
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            self.environment.pop(variable, None)

    def manage(self, *arguments, **environment):
        return subprocess.run(
            [self.python, "manage.py", *arguments], cwd=self.tree, text=True, check=True,
            capture_output=True, env=self.environment | environment,
        ).stdout  # fmt: skip

    @contextmanager
    def served(self, scale):
        """Fill the example schools in and serve them; remove the server's processes in the end."""
        self.manage("database", "start")
        try:
            self.manage("migrate", "--verbosity=0")
            # The example schools are refused where DEBUG is off.
            self.manage("seed", "--profile", "dev", "--scale", str(scale), DEBUG="on")
            self.manage("collectstatic", "--noinput", "--verbosity=0")
            url = self.manage("database", "url", "--role", "owner").strip()
            with psycopg.connect(url) as connection:
                names = ("register", "gradebook", "student", "cell")
                values = connection.execute(FULLEST).fetchone()
                self.keys = dict(zip(names, values, strict=True))
                connection.execute("analyze")
            command = [self.python, "-m", "gunicorn", "school.wsgi", "-c", "gunicorn.conf.py",
                       "--bind", f"127.0.0.1:{self.port}"]  # fmt: skip
            with subprocess.Popen(
                command, cwd=self.tree, env=self.environment, stderr=subprocess.DEVNULL
            ) as server:
                try:
                    wait_for(self.port)
                    self.cookies = {who: self.sign_in(who) for who in (ADMIN, TEACHER, STUDENT)}
                    yield self
                finally:
                    server.terminate()
        finally:
            self.manage("database", "stop")

    def sign_in(self, who):
        """Return the cookies of a person who has just signed in."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/login/", headers={"Host": HOST})
        answer = connection.getresponse()
        page, cookies = answer.read().decode(), cookies_of(answer)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": f"{who}@demo.example",
                "password": PASSWORD}  # fmt: skip
        headers = {"Host": HOST, "Cookie": "; ".join(cookies),
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        connection.request("POST", "/login/", urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 302:
            raise SystemExit(f"{self.name}: {who} cannot sign in ({answer.status}).")
        return "; ".join([*cookies, *cookies_of(answer)])

    def ask(self, page, connection):
        """Ask for a page; raises SystemExit when it is not one."""
        if page == SAVING:
            self.save_grade(connection)
            return
        who, address = PAGES[page]
        headers = {"Host": HOST, "Cookie": self.cookies[who], "Accept-Encoding": "gzip"}
        connection.request("GET", address.format(**self.keys), headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{self.name}: {page} answers {answer.status}.")

    def save_grade(self, connection):
        """Save another grade in the cell; the first answer is a conflict that says its version."""
        who, address = PAGES[SAVING]
        cell = self.keys["cell"]
        cell["text"] = "6" if cell.get("text") == "5" else "5"
        token = re.findall(r"csrftoken=(\w+)", self.cookies[who])[-1]
        headers = {"Host": HOST, "Cookie": self.cookies[who], "X-CSRFToken": token,
                   "Content-Type": "application/json"}  # fmt: skip
        body = json.dumps({"cells": [cell]})
        connection.request("POST", address.format(**self.keys), body, headers)
        answer = connection.getresponse()
        [outcome] = json.load(answer)["cells"]
        if outcome["state"] != "saved" and "version" in cell:
            raise SystemExit(f"{self.name}: a grade is {outcome['state']}.")
        cell["version"] = outcome["version"]

    def client(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def requests_a_second(self, page, clients, seconds):
        """Return how many requests a second `clients` at once have answered."""
        end, counts = time.monotonic() + seconds, [0] * clients

        def go(number):
            connection = self.client()
            while time.monotonic() < end:
                self.ask(page, connection)
                counts[number] += 1

        threads = [threading.Thread(target=go, args=[number]) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / seconds


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port):
    for _try in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("The web server does not start.")


def cookies_of(answer):
    return [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", [])]


@contextmanager
def revision(name, directory):
    """Yield (tree, Python) of an earlier revision with the requirements that it had."""
    tree, python = directory / "tree", directory / "venv" / "bin" / "python"
    git = ["git", "-C", HERE, "worktree"]
    subprocess.run([*git, "add", "--detach", "--force", tree, name], check=True,
                   capture_output=True)  # fmt: skip
    try:
        subprocess.run([sys.executable, "-m", "venv", directory / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check",
                        "-r", tree / "requirements.txt"], check=True)  # fmt: skip
        yield tree, python
    finally:
        subprocess.run([*git, "remove", "--force", tree], check=True)


def report(base, now, options):
    print(f"{'page':26} {'base ms':>8} {'now ms':>8} {'ratio':>6}", end="")
    print(f" {'base/s':>8} {'now/s':>8} {'ratio':>6}   ({options.clients} clients)")
    for page in (page for page in PAGES if any(part in page for part in options.k)):
        times = {base: [], now: []}
        clients = {side: side.client() for side in times}
        for _round in range(options.rounds):
            for side, taken in times.items():
                start = time.perf_counter()
                side.ask(page, clients[side])
                taken.append((time.perf_counter() - start) * 1000)
        before, after = (statistics.median(times[side]) for side in (base, now))
        print(f"{page:26} {before:8.1f} {after:8.1f} {after / before:6.2f}", end="", flush=True)
        if page == SAVING:  # eight clients at one cell would measure conflicts
            print()
            continue
        rates = [
            side.requests_a_second(page, options.clients, options.seconds) for side in (base, now)
        ]
        print(f" {rates[0]:8.1f} {rates[1]:8.1f} {rates[1] / rates[0]:6.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="e888819", help="the revision to compare with")
    parser.add_argument("--scale", type=int, default=3, help="times the people of the seed")
    parser.add_argument(
        "-k", nargs="*", default=[""], help="only pages with one of these in their names"
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="school-pages-"))
    directory.chmod(0o711)  # as root, the server's own account must get in
    try:
        with ExitStack() as stack:
            trees = {"base": stack.enter_context(revision(options.base, directory))}
            trees["now"] = (HERE, sys.executable)
            sides = []
            for name, (tree, python) in trees.items():
                data = directory / name
                data.mkdir(mode=0o711)
                side = Installation(name, tree, data, python)
                sides.append(stack.enter_context(side.served(options.scale)))
            report(*sides, options)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
