"""The icon that browsers ask for by themselves, on pages that name none."""

from django.shortcuts import redirect
from django.templatetags.static import static


def favicon(request):
    return redirect(static("core/icon.svg"), permanent=False)
