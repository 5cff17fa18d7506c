"""Telling people on their next page that a file is ready, or that there will be none."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.composed import composed
from core.http import PersonRequest
from core.models import User
from exchange.exports import download_url
from exchange.models import Export
from exchange.models.export import ExportQuerySet

AT_ONCE = 5  # more would hide the page


def announce(request: PersonRequest) -> None:
    """Add a message for each of the person's files that got ready in the background; once."""
    if request.method != "GET" or "_popup" in request.GET or not request.user.is_staff:
        return
    finished = _untold(request.user.pk, timezone.now())
    for export in finished:
        ready = export.status == Export.Status.READY
        level, sentence = (messages.SUCCESS, _ready) if ready else (messages.ERROR, _failed)
        messages.add_message(request, level, sentence(export, request.user), fail_silently=True)
    if finished:
        noticed(finished)


def noticed(exports: Iterable[Export]) -> None:
    """Remember that the person has been notified of these exports."""
    ids = [export.pk for export in exports]
    Export.objects.filter(pk__in=ids, noticed_at=None).update(noticed_at=timezone.now())


@composed
def _untold(user: UUID, now: datetime) -> ExportQuerySet:
    return Export.objects.filter(
        requested_by=user,
        status__in=[Export.Status.READY, Export.Status.FAILED],
        noticed_at=None,
        origin=Export.Origin.PERSON,
        finished_at__isnull=False,
        expires_at__gt=now,
    ).order_by("finished_at")[:AT_ONCE]


def _ready(export: Export, user: User) -> str:
    return format_html(
        '{} <a class="underline" href="{}">{}</a>',
        _("Your export “%(file)s” is ready.") % {"file": export.filename},
        download_url(export, user),
        _("Download"),
    )


def _failed(export: Export, user: User) -> str:
    return format_html(
        '{} {} <a class="underline" href="{}">{}</a>',
        _("Your export “%(file)s” could not be made.") % {"file": export.filename},
        export.error or "",
        reverse("admin:exchange_export_changelist"),
        _("Exports"),
    )
