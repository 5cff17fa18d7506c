"""Whether a page that has been open for long could still send its form."""

from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def signed_in(request):
    """Tell static/school/keep.js, before it sends what somebody typed, that they are signed in."""
    return JsonResponse({"signed_in": request.user.is_authenticated})
