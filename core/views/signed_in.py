"""Whether a page that has been open for long could still send its form."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """Tell static/core/forms/keep.js, before it sends what somebody typed, who is signed in."""
    user = request.user
    is_in = user.is_authenticated
    return JsonResponse({"signed_in": is_in, "person": str(user.pk) if is_in else None})
