"""Tells static/core/forms/typed.js that what somebody typed is saved, so that it is kept no more.

A form that is saved is answered by a redirect: its address goes along in a cookie that the next
page reads and removes. A page that comes back with errors, a refusal or a 503 sends none.
"""

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.http import SchoolRequest

COOKIE = "saved"
SECONDS = 300  # until the next page is there
POPUP_ANSWER = "admin/popup_response.html"  # saved in a window of its own, which closes


class TypedMiddleware:
    """Names what was saved, and lets static/core/forms/upload.js follow a redirect by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: SchoolRequest) -> HttpResponse:
        is_form = request.method == "POST" and request.user.is_authenticated
        response = self.get_response(request)
        if not is_form:
            return response
        if _is_saved(response):
            response.set_cookie(
                COOKIE,
                quote(request.path, safe=""),
                max_age=SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        is_upload = request.headers.get("X-Sent-By") == "upload"
        return _followed_by_script(response) if is_upload and _leads_on(response) else response


def _leads_on(response: HttpResponse) -> bool:
    return response.status_code in (301, 302, 303)


def _is_saved(response: HttpResponse) -> bool:
    templates = getattr(response, "template_name", None) or ()
    return _leads_on(response) or POPUP_ANSWER in templates


def _followed_by_script(response: HttpResponse) -> HttpResponse:
    """Return an answer without a redirect: the browser would follow it before the script knows."""
    answer = HttpResponse(status=204, headers={"X-Location": response.headers["Location"]})
    answer.cookies = response.cookies
    return answer
