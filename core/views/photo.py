"""The photo of a person, for whoever may see the person."""

from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.http import PersonRequest
from core.models import User
from core.services import photos


@require_safe
def photo(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Return a photo; row-level security decides whose one sees, each time that it is shown."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    name = User.objects.filter(pk=person_id).values_list("photo", flat=True).first()
    tag = f'"{name}"'
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
    }
    if name and request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    jpeg = photos.read(name)
    if jpeg is None:
        raise Http404(_("There is no such photo."))
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)
