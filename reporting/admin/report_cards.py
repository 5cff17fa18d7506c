"""Report cards and transcripts as PDF."""


def urls(site):
    """Return the URL patterns of these pages."""
    return []
