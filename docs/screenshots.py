"""Take the pictures of docs/screenshots/ again: `make screenshots`.

Starts the application on a data directory of its own, with the example schools, and stops it again.
Needs Chromium.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
PASSWORD = "school-demo"  # noqa: S105 - of the example schools
DESKTOP, PHONE = (1280, 800), (390, 844)
START_SECONDS = 180

FONTS = f"""<?xml version="1.0"?>
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{ROOT / "reporting" / "exports" / "fonts"}</dir>
</fontconfig>
"""

ALGEBRA = "02c3a1d7-3aad-4158-be8c-e612e7ffa6c7"  # the demo teacher's first class; seeds are fixed

# name, host, who, path, (width, height), colour scheme. "/page/ > selector" is the page that the
# first such link leads to, also over several; without one (no lessons today) the old picture stays.
DAY = "/admin/attendance-day/"
REGISTER = f"{DAY} > main a[href*='/register/'], #main a[href*='/register/']"
WORK = "/admin/academics/assignment/ > #result_list a[href*='/assignments/'][href$='work/']"
GRADING = (
    "/admin/academics/submission/?status__exact=submitted"
    " > #result_list a[href*='/change/'] > a[href*='to-grading']"
)
ROLLOVER = (
    "/admin/academics/term/ > #result_list tr:has-text('Current') a[href*='/change/']"
    " > a[href*='to-rollover']"
)
DESK = "/admin/enrollment-desk/ > tbody a[href*='/enrollment-desk/']"
PICTURES = [
    ("enrollment-desk", "demo", "admin@demo.example", DESK, DESKTOP, "light"),
    ("work", "demo", "teacher@demo.example", WORK, DESKTOP, "light"),
    ("grading", "demo", "teacher@demo.example", GRADING, DESKTOP, "dark"),
    ("rollover", "demo", "admin@demo.example", ROLLOVER, DESKTOP, "light"),
    ("calendar", "demo", "teacher@demo.example", "/calendar/", PHONE, "light"),
    ("dashboard-light", "demo", "admin@demo.example", "/admin/", DESKTOP, "light"),
    ("dashboard-dark", "demo", "admin@demo.example", "/admin/", DESKTOP, "dark"),
    ("dashboard-teacher-phone", "demo", "teacher@demo.example", "/admin/", PHONE, "light"),
    ("classes", "demo", "admin@demo.example", "/admin/academics/schoolclass/", DESKTOP, "light"),
    ("invoices-dark", "demo", "admin@demo.example", "/admin/finance/invoice/", DESKTOP, "dark"),
    ("aging", "demo", "admin@demo.example", "/admin/money/aging/?by=payer", DESKTOP, "light"),
    ("aging-phone-dark", "demo", "admin@demo.example", "/admin/money/aging/", PHONE, "dark"),
    ("reports", "demo", "admin@demo.example", "/admin/reports/", DESKTOP, "light"),
    (
        "report",
        "demo",
        "admin@demo.example",
        "/admin/reports/attendance_report_v1/",
        DESKTOP,
        "light",
    ),
    (
        "report-phone-dark",
        "demo",
        "teacher@demo.example",
        "/admin/reports/class_fill_v1/",
        PHONE,
        "dark",
    ),
    ("attendance-day", "demo", "admin@demo.example", DAY, DESKTOP, "light"),
    ("register", "demo", "admin@demo.example", REGISTER, DESKTOP, "light"),
    ("register-phone-dark", "demo", "admin@demo.example", REGISTER, PHONE, "dark"),
    (
        "student-profile",
        "demo",
        "admin@demo.example",
        "/admin/students/?q=student@demo",
        DESKTOP,
        "light",
    ),
    ("report-cards-dark", "demo", "teacher@demo.example", "/admin/report-cards/", DESKTOP, "dark"),
    ("gradebook", "demo", "teacher@demo.example", f"/admin/gradebook/{ALGEBRA}/", DESKTOP, "light"),
    (
        "gradebook-dark",
        "demo",
        "teacher@demo.example",
        f"/admin/gradebook/{ALGEBRA}/",
        DESKTOP,
        "dark",
    ),
    ("exports", "demo", "admin@demo.example", "/admin/exchange/export/", DESKTOP, "light"),
    ("imports", "demo", "admin@demo.example", "/admin/exchange/importbatch/", DESKTOP, "light"),
    ("oneroster-dark", "demo", "admin@demo.example", "/admin/oneroster/", DESKTOP, "dark"),
    ("student", "demo", "student@demo.example", "/", DESKTOP, "light"),
    ("student-assignments", "demo", "student@demo.example", "/my/assignments/", DESKTOP, "light"),
    ("student-phone-dark", "demo", "student@demo.example", "/", PHONE, "dark"),
    ("student-grades", "demo", "student@demo.example", "/my/grades/", DESKTOP, "light"),
    ("student-attendance", "demo", "student@demo.example", "/my/attendance/", PHONE, "light"),
    ("student-invoices-dark", "demo", "student@demo.example", "/my/invoices/", DESKTOP, "dark"),
    ("guardian", "demo", "guardian@demo.example", "/", DESKTOP, "light"),
    ("guardians", "demo", "admin@demo.example", "/admin/core/guardian/", DESKTOP, "light"),
    ("timetable", "demo", "teacher@demo.example", "/admin/timetable/", DESKTOP, "light"),
    (
        "timetable-student-phone-dark",
        "demo",
        "student@demo.example",
        "/my/timetable/",
        PHONE,
        "dark",
    ),
    (
        "generate-sessions",
        "demo",
        "admin@demo.example",
        "/admin/timetable/generate/",
        DESKTOP,
        "light",
    ),
    ("terms", "demo", "admin@demo.example", "/admin/academics/term/", DESKTOP, "light"),
    ("sign-in", "demo", None, "/login/", DESKTOP, "light"),
    ("platform", "platform", "operator@platform.example", "/admin/", DESKTOP, "light"),
]


def main():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit(f"Install Chromium first (looked for {', '.join(PROGRAMS)}).")
    TARGET.mkdir(exist_ok=True)
    with served() as port, sync_playwright() as playwright, fonts() as config:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox"],
            env=os.environ | {"FONTCONFIG_FILE": config},
        )
        for picture in PICTURES:
            take(browser, port, *picture)
        browser.close()


@contextmanager
def fonts():
    """Yield a configuration with the fonts of our PDFs: names in any script on any machine."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(FONTS)
        file.flush()
        yield file.name


@contextmanager
def served():
    """Run `manage.py quickstart` on a fresh data directory; yields its port."""
    data = Path(tempfile.mkdtemp(prefix="school-screenshots-"))
    data.chmod(0o711)  # as root, the database's own account must get in
    port = free_port()
    away = {"DATABASE_URL", "DATABASE_OWNER_URL", "SEED_PASSWORD", "MAKELEVEL", "MAKEFLAGS"}
    environment = {key: value for key, value in os.environ.items() if key not in away}
    command = [sys.executable, "manage.py", "quickstart", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment | {"SCHOOL_DATA_DIR": str(data), "DEBUG": "on"}
    )
    try:
        wait_until_serving(server, f"http://127.0.0.1:{port}/healthz")
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(data, ignore_errors=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_serving(server, url):
    """Wait for an answer; ends the program when the server ends first, or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - http, and our own
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("The application did not start; its messages above say why.")


def take(browser, port, name, host, who, path, size, scheme):
    """Sign in and save one picture of the visible part of a page."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    site = f"http://{host}.localhost:{port}"
    if who:
        page.goto(f"{site}/login/")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
    path, *links = path.split(" > ")
    answer = page.goto(site + path, wait_until="networkidle")
    for link in links:
        if not page.locator(link).count():
            context.close()
            return
        path = page.locator(link).first.get_attribute("href")
        answer = page.goto(site + path, wait_until="networkidle")
    if not answer.ok:
        sys.exit(f"{path} answered {answer.status}.")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=TARGET / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()
