"""The timetable of a week, and making class sessions from it."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
