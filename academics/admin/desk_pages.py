"""Enrollment at the desk: many students at once, moving, dropping, waiting."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
