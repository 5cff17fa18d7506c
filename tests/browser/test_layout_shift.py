"""Pages stay where they are while they load: fonts that come late move nothing."""

import time

import pytest

pytestmark = pytest.mark.browser

MOST = 0.05  # of a page's cumulative layout shift (web.dev calls up to 0.1 good)
LATE = 0.3  # seconds by which each font comes later than the page
WATCH = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
"""
# Two frames after the last font: what it moved has been counted.
SETTLED = """async () => {
  await document.fonts.ready;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return window.shifts.reduce((sum, shift) => sum + shift, 0);
}"""


@pytest.fixture
def watched(page):
    """A page that counts its shifts, and to which fonts come late."""
    page.add_init_script(WATCH)

    def late(route):
        time.sleep(LATE)
        route.continue_()

    page.route("**/*.woff2", late)
    return page


def shift(page, url):
    page.goto(url, wait_until="load")
    return page.evaluate(SETTLED)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("admin", "/admin/"),
        ("admin", "/admin/core/user/"),
        ("admin", "/admin/finance/invoice/"),
        ("student", "/"),
        ("student", "/my/timetable/"),
    ],
)
def test_a_page_does_not_move_while_it_loads(watched, site, sign_in, role, path, width):
    watched.set_viewport_size({"width": width, "height": 900})
    sign_in(getattr(site.school, role).email)
    assert shift(watched, site.url(path)) <= MOST


def test_a_page_that_moves_is_noticed(watched, site):
    watched.goto(site.url("/login/"))
    watched.evaluate("""() => {
      const late = document.createElement("div");
      late.style.height = "300px";
      document.querySelector("main").prepend(late);
    }""")
    assert watched.evaluate(SETTLED) > MOST
