"""Download of uploaded files, for people who may read the file's row."""

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from academics.models import Absence, ApplicationDocument, AttachmentFile
from academics.services import files
from academics.services.file_types import clean_name


@require_safe
def attachment(request, file_id):
    """Return a file; row-level security decides who can see it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    row = AttachmentFile.objects.filter(pk=file_id).first()
    return _answer(row and row.name, row)


@require_safe
def absence_file(request, absence_id):
    """Return the file that came with an absence; of staff only the office of people gets it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    if request.user.is_staff and not request.user.is_people_office:
        raise PermissionDenied
    row = Absence.objects.filter(pk=absence_id).exclude(stored_name=None).first()
    return _answer(row and row.stored_name, row)


@require_safe
def application_document(request, document_id):
    """Return a paper of an application, which is the office's of people alone."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    if not request.user.is_people_office:
        raise PermissionDenied
    row = ApplicationDocument.objects.filter(pk=document_id).first()
    return _answer(row and row.stored_name, row)


def _answer(name, row):
    """Return the file kept under `name`, as its row describes it."""
    file = files.open_stored(name) if row is not None else None
    if file is None:
        raise Http404(_("There is no such file."))
    response = FileResponse(
        file,
        as_attachment=True,
        filename=clean_name(row.filename),  # a line end would break the header
        # Never one that a browser would run (check_attachment_type and its like).
        content_type=row.content_type,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
