"""Pages of the admin that belong to no model's own list: one module a subject, each with `urls`.

`urls(site)` returns URL patterns whose names live in the site's namespace ("admin:reports").
"""

from reporting.admin import (
    downloads,
    exporting,
    importing,
    oneroster,
    portability,
    report_cards,
    report_pages,
    student_profile,
)

SUBJECTS = (
    exporting,
    downloads,
    report_pages,
    importing,
    oneroster,
    portability,
    student_profile,
    report_cards,
)


def page_urls(site):
    """Return the URL patterns of all these pages, for `site.get_urls()`."""
    return [pattern for subject in SUBJECTS for pattern in subject.urls(site)]
