"""Where a provider of online payment sends its messages. Its signature stands for who sent them."""

from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.http import SchoolRequest
from finance.online.provider import ADAPTERS, BadSignature
from finance.services import online_events

LARGEST = 512 * 1024  # bytes; theirs are a few thousand


@csrf_exempt  # no browser sends these: each is signed with the school's own secret
@never_cache
@require_POST
def receive(request: SchoolRequest, provider: str) -> HttpResponse:
    """Take in one message. Whatever else than success makes the provider send it again."""
    if provider not in ADAPTERS:
        raise Http404(_("There is no such page."))
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if request.content_type != "application/json" or size > LARGEST:
        return HttpResponseBadRequest("A JSON document of at most 512 kB is expected.")
    try:
        online_events.receive(
            tenant=request.tenant, provider=provider, body=request.body, headers=request.headers
        )
    except BadSignature:
        return HttpResponseBadRequest("The signature is not right.")
    return HttpResponse("ok", content_type="text/plain")
