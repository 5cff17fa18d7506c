"""Pages sent compressed, without revealing by their length secrets in them."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TYPES = {
    "text/html",
    "text/plain",
    "text/css",
    "text/calendar",
    "text/javascript",
    "application/javascript",
    "application/json",
    "image/svg+xml",
}


class CompressionMiddleware(GZipMiddleware):
    """Django's gzip for pages; files that are handed out stay as they are.

    Its random padding (and the mask of each CSRF token) is what keeps BREACH from reading a secret
    out of the length of a page. django-compression-middleware has brotli and zstd, but no padding,
    so that these are for static files only. A file keeps its length, by which browsers show how far
    a download is.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in TYPES or response.headers.get("Content-Disposition", "").startswith(
            "attachment"
        ):
            return response
        return super().process_response(request, response)
