"""Handing over an exported file: to the person who asked for it, while their rights last."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.admin import pages
from core.http import SchoolRequest
from exchange.exports import engine, files, links, rights
from exchange.models import Export

CONTENT_TYPES = {**engine.FORMATS, "zip": "application/zip"}


def file_response(export: Export) -> FileResponse:
    """Return the response that hands over an export's file, and note that it was fetched.

    Raises Http404 when the file is not there (another machine may have it).
    """
    try:
        file = files.path_of(export).open("rb")
    except FileNotFoundError:
        raise Http404(_("This file is no longer there.")) from None
    # Who has it needs no notice that it is ready.
    now = timezone.now()
    Export.objects.filter(pk=export.pk).update(
        downloaded_at=now, noticed_at=export.noticed_at or now
    )
    response = FileResponse(
        file,
        as_attachment=True,
        filename=export.filename,
        content_type=CONTENT_TYPES.get(export.file_format or "", "application/octet-stream"),
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def download_view(request: SchoolRequest, signed: str) -> HttpResponseBase:
    """Hand over the file of a signed link; to anybody else there is no such page."""
    link = links.read(signed)
    if link is None or link.tenant_id != request.tenant.pk:
        raise Http404(_("This link is not valid, or its time is over."))
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))
    export = None
    if link.user_id == request.user.pk:
        export = Export.objects.filter(pk=link.export_id, status=Export.Status.READY).first()
    if export is None or not rights.may_fetch(request.user, export):
        raise Http404(_("This file is not there for you."))
    return file_response(export)


pages.add(path("exports/<str:signed>/", download_view, name="export_download"))
