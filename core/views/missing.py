"""For addresses of the admin that lead nowhere here."""

from django.http import Http404, HttpRequest, HttpResponse


def missing(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404 (`rest` is the remainder of the path)."""
    raise Http404
