"""Download of uploaded files, for people who may read the file's row."""

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from academics.models import AttachmentFile
from academics.services import files
from academics.services.file_types import clean_name


@require_safe
def attachment(request, file_id):
    """Return a file; row-level security decides who can see it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    row = AttachmentFile.objects.filter(pk=file_id).first()
    file = files.open_file(row) if row is not None else None
    if file is None:
        raise Http404(_("There is no such file."))
    response = FileResponse(
        file,
        as_attachment=True,
        filename=clean_name(row.filename),  # a line end would break the header
        content_type=row.content_type,  # never one that a browser would run (check_attachment_type)
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
