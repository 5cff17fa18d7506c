"""The one function between "export these rows" and how a file comes about."""

from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core import rls
from core.exchange.resources import resource_for
from reporting.exports import files
from reporting.exports.writers import FORMATS, XLSX_MAX_ROWS, TooManyRows
from reporting.models import Export


class ExportRefused(Exception):
    """The file cannot be made; the message is a sentence for the person."""


def run(*, queryset, file_format, by, filters=None):
    """Write the rows of `queryset` into a file and return its `Export`.

    Runs in the context of the person who asks, so that the file holds what they may see.
    `file_format` is a key of `writers.FORMATS`; `filters` (JSON) says how the rows were chosen.
    The file stays for `files.KEPT_FOR`. Raises `ExportRefused`.
    """
    resource = resource_for(queryset.model)()
    tenant = rls.current_tenant()
    files.forget_expired(tenant)
    export = Export(
        template_id=resource.template_id(),
        template_version=resource.template_version,
        filename=_filename(queryset.model, file_format),
        filters=filters,
        requested_by=by,
        expires_at=timezone.now() + files.KEPT_FOR,
    )
    path = files.directory(tenant) / files.path_of(export).name
    writer, _content_type = FORMATS[file_format]
    try:
        with path.open("wb") as file:
            export.row_count = writer(file, resource.labels(), resource.rows(queryset))
        export.file_size = path.stat().st_size
        export.save(force_insert=True)
    except TooManyRows:
        path.unlink(missing_ok=True)
        raise ExportRefused(
            _("An XLSX sheet holds %(max)s rows; narrow the filters or choose CSV.")
            % {"max": f"{XLSX_MAX_ROWS:,}"}
        ) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return export


def _filename(model, file_format):
    name = slugify(str(model._meta.verbose_name_plural)) or model._meta.model_name
    return f"{name}-{timezone.localtime():%Y-%m-%d-%H%M}.{file_format}"
