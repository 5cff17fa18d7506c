"""The icon that browsers ask for by themselves, on pages that name none."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static


def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("core/icon.svg"), permanent=False)
