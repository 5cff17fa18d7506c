"""Pages of the admin that belong to no model's own list: one module a subject, each with `urls`.

`urls(site)` returns URL patterns whose names live in the site's namespace ("admin:register").
"""

from academics.admin import (
    desk_pages,
    gradebook_pages,
    letters_page,
    register_pages,
    terms_pages,
    timetable_pages,
    work_pages,
)

SUBJECTS = (
    timetable_pages,
    register_pages,
    gradebook_pages,
    letters_page,
    work_pages,
    terms_pages,
    desk_pages,
)


def page_urls(site):
    """Return the URL patterns of all these pages, for `site.get_urls()`."""
    return [pattern for subject in SUBJECTS for pattern in subject.urls(site)]
