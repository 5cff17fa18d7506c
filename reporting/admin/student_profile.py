"""What the school knows of one student, on one page."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
