"""The platform's front door."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from core.http import SchoolRequest


@never_cache
def front_door(request: SchoolRequest) -> HttpResponse:
    """Operators to the admin, strangers to the sign-in."""
    if not request.user.is_authenticated:
        return redirect("login")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")
