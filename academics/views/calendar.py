"""The page with the address of one's calendar feed, and the feed itself."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from academics.calendars import addresses, ics
from core import rls
from core.models import CalendarFeed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def calendar(request):
    """Show the address of one's calendar; POST makes, renews or revokes it."""
    if not request.user.has_timetable:
        raise PermissionDenied
    if request.method == "POST":
        _act(request)
        return redirect("calendar")
    feed = CalendarFeed.objects.filter(user=request.user).first()
    context = {
        "title": _("My children's timetable in a calendar")
        if request.user.is_guardian
        else _("My timetable in a calendar"),
        "address": feed and addresses.address(request, feed),
        "made": feed and feed.created_at,
    }
    return render(request, "academics/timetable/calendar.html", context)


def _act(request):
    action = request.POST.get("action")
    if action == "make":
        addresses.make(user=request.user)
    elif action == "renew":
        addresses.renew(user=request.user)
        messages.success(request, _("You have a new address. The old one shows nothing any more."))
    elif action == "revoke":
        addresses.revoke(user=request.user)
        messages.success(request, _("The address is gone. It shows nothing any more."))
    else:
        raise Http404


@require_safe
def calendar_feed(request, token):
    """Answer a calendar program, which has the address only and does not sign in."""
    user = addresses.person(token)
    if user is None or not user.has_timetable:
        raise Http404(_("There is no such calendar."))
    signed_in = request.user if request.user.is_authenticated else None
    rls.become(user)
    try:
        body = ics.calendar_of(user, request.tenant)
    finally:
        rls.become(signed_in)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="timetable.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response)
