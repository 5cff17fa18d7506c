"""The gradebook: students and assignments of a class in one grid."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
