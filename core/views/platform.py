"""The platform's front door."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache


@never_cache
def front_door(request):
    """Operators to the admin, strangers to the sign-in."""
    if not request.user.is_authenticated:
        return redirect("login")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")
