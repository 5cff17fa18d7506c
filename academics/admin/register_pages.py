"""The attendance register of a session, and the office's view of a day."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
