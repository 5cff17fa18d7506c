"""OneRoster on pages: upload a bundle, see what it would do, apply it, undo it; export one."""

import csv

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanWidget

from academics.models import Enrollment, Submission
from core import jobs, offices, rls
from core.admin import pages
from exchange import imports
from exchange.admin import exporting
from exchange.cells import neutralise
from exchange.imports.uploads import UploadRefused
from exchange.models import ImportBatch
from oneroster.admin import batch_page as oneroster_page
from oneroster.admin import lines as oneroster_lines
from oneroster.bundle.errors import BundleError
from oneroster.bundle.reading import MAX_BUNDLE_BYTES, MAX_FILE_BYTES, MIB
from oneroster.incoming import imports as bundles
from oneroster.incoming import school
from oneroster.outgoing.export import KIND, TEMPLATE_ID

SHOWN = 10  # imports on the first page; the list of imports has all
Status = ImportBatch.Status


class UploadForm(forms.Form):
    """The zip, and the parts of it that the school wants."""

    file = forms.FileField(
        label=gettext_lazy("Bundle"),
        widget=forms.FileInput(attrs={"accept": ".zip", "class": "imp__file"}),
        allow_empty_file=True,  # its sentence comes from reading it
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )
    demographics = forms.BooleanField(
        label=gettext_lazy("Import demographics, too"),
        help_text=gettext_lazy(
            "Birth date, sex, race and place of birth, where the bundle has them. They are kept"
            " with each person's further data, which the person's teachers may see."
        ),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["data-max-bytes"] = settings.IMPORT_MAX_BYTES
        self.fields["file"].help_text = _(
            "A zip file with users.csv, classes.csv, enrollments.csv … of at most %(zip)d MB;"
            " unpacked at most %(file)d MB a file and %(all)d MB in all."
        ) % {
            "zip": settings.IMPORT_MAX_BYTES // 2**20,
            "file": MAX_FILE_BYTES // MIB,
            "all": MAX_BUNDLE_BYTES // MIB,
        }


@pages.page("oneroster/", "oneroster", pages.FORM, roles=offices.PEOPLE_OFFICE)
def start_view(request):
    """Ask for a bundle; list the last ones; offer an export."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        try:
            return _go(_staged(request, form))
        except UploadRefused as refusal:
            form.add_error("file", str(refusal))
    history = ImportBatch.objects.filter(target=bundles.TARGET).select_related("requested_by")
    imported = [oneroster_page.Page(batch, request) for batch in history[: SHOWN + 1]]
    context = {
        "form": form,
        "history": imported[:SHOWN],
        "has_more": len(imported) > SHOWN,
    }
    status = 400 if form.errors else 200
    return pages.show(request, "oneroster/start.html", _("OneRoster"), context, status)


def _staged(request, form):
    """Keep the bundle and begin its preview, unless it has to be asked which school is meant."""
    options = {"demographics": form.cleaned_data["demographics"], "org": None}
    batch = bundles.upload(form.cleaned_data["file"], request.user, options)
    try:
        bundle = bundles.glance(batch)
    except BundleError as error:
        imports.discard(batch)
        raise UploadRefused(str(error)) from None
    schools = school.schools_of(bundle)
    known = school.imported_before(schools) if len(schools) > 1 else []
    if len(schools) > 1 and len(known) != 1:
        batch.options["schools"] = [[key, name or key] for key, name in schools.items()]
        batch.save()
        return batch
    batch.options["org"] = known[0] if known else None
    return bundles.start_check(batch)


@pages.page("oneroster/<uuid:batch_id>/", "oneroster_import", roles=offices.PEOPLE_OFFICE)
def batch_view(request, batch_id):
    """One import: the choice of the school, the preview, the result, or how far it is."""
    batch = _batch(batch_id)
    page = oneroster_page.Page(batch, request)
    context = {"page": page}
    if page.is_working and batch.rows_done == 0:
        context["nobody_works"] = not jobs.worker_is_there()
    return pages.show(request, "oneroster/batch.html", page.title, context)


@pages.page(
    "oneroster/<uuid:batch_id>/school/", "oneroster_school", pages.POST, roles=offices.PEOPLE_OFFICE
)
def school_view(request, batch_id):
    """Take the choice of the school, and begin the preview."""
    batch = _batch(batch_id)
    chosen = request.POST.get("org", "")
    if not oneroster_page.Page(batch, request).is_waiting:
        return _go(batch)
    if chosen not in [key for key, _name in batch.options["schools"]]:
        messages.error(request, _("Choose one of the schools."))
        return _go(batch)
    batch.options["org"] = chosen
    return _go(_attempt(request, batch, bundles.start_check, batch))


@pages.page(
    "oneroster/<uuid:batch_id>/apply/", "oneroster_apply", pages.POST, roles=offices.PEOPLE_OFFICE
)
def apply_view(request, batch_id):
    """Apply what was previewed; what is applied already stays as it is."""
    batch = _batch(batch_id)
    if batch.status != Status.PREVIEWED:
        messages.info(request, _("This import is not waiting to be applied."))
        return _go(batch)
    _attempt(request, batch, bundles.start_apply, batch, request.user)
    if batch.status == Status.APPLIED:
        messages.success(request, _("The bundle was imported."))
    return _go(batch)


@pages.page(
    "oneroster/<uuid:batch_id>/undo/", "oneroster_undo", pages.FORM, roles=offices.PEOPLE_OFFICE
)
def undo_view(request, batch_id):
    """Say what undoing will do, and do it; show what prevents it."""
    batch = _batch(batch_id)
    page = oneroster_page.Page(batch, request)
    if batch.status == Status.UNDOING:
        return _go(batch)
    if not page.undo_url:
        messages.info(request, _("There is nothing to undo."))
        return _go(batch)
    reasons = []
    if request.method == "POST":
        try:
            imports.start_undo(batch, request.user)
        except imports.UndoRefused as refusal:
            reasons = refusal.reasons
        except imports.ImportRefused as refusal:
            messages.info(request, str(refusal))
            return _go(batch)
        else:
            if batch.status == Status.UNDONE:
                messages.success(request, _("The import was undone."))
            return _go(batch)
    return pages.show(
        request,
        "exchange/import_undo.html",
        _("Undo the import of “%(file)s”") % {"file": batch.filename},
        {"batch": batch, "back": page.url, "effects": page.effects, "reasons": reasons},
        status=409 if reasons else 200,
    )


@pages.page(
    "oneroster/<uuid:batch_id>/discard/",
    "oneroster_discard",
    pages.POST,
    roles=offices.PEOPLE_OFFICE,
)
def discard_view(request, batch_id):
    """Forget an import that was not applied, its file too."""
    batch = _batch(batch_id)
    try:
        imports.discard(batch)
    except imports.ImportRefused as refusal:
        messages.error(request, str(refusal))
        return _go(batch)
    messages.success(
        request, _("“%(file)s” was discarded. Nothing was changed.") % {"file": batch.filename}
    )
    return HttpResponseRedirect(reverse("admin:oneroster"))


@pages.page("oneroster/<uuid:batch_id>/rows.csv", "oneroster_rows", roles=offices.PEOPLE_OFFICE)
def rows_view(request, batch_id):
    """Everything that the import does or leaves out, a line a row, as CSV."""
    batch = _batch(batch_id)
    page = oneroster_page.Page(batch, request)
    if page.is_waiting or page.is_working:
        raise Http404(_("There is no such file."))
    name = f"{batch.filename.rpartition('.')[0] or batch.filename}-rows.csv"
    return StreamingHttpResponse(
        _csv(batch),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{_plain(name)}"',
            "Cache-Control": "private, no-store",
        },
    )


class _Echo:
    """A file whose write returns the text: how csv writes into a stream."""

    def write(self, text):
        return text


@rls.streaming
def _csv(batch):
    writer = csv.writer(_Echo())
    yield "\ufeff"
    header = [_("outcome"), _("file"), _("line"), _("row"), _("column"), _("what")]
    yield writer.writerow(header)
    for cells in oneroster_lines.all_lines(batch):
        yield writer.writerow([neutralise(cell) for cell in cells])


def _plain(name):
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)


@pages.page("oneroster/export/", "oneroster_export", pages.POST, roles=offices.PEOPLE_OFFICE)
def export_view(request):
    """Make the school's own bundle: at once for a small school, else in the background."""
    limit = settings.EXPORT_BACKGROUND_ROWS
    counted = sum(
        model.objects.all()[: limit + 1].values("pk").count() for model in (Enrollment, Submission)
    )
    return exporting.answer(
        request,
        reverse("admin:oneroster"),
        kind=KIND,
        template_id=TEMPLATE_ID,
        title=_("%(school)s OneRoster") % {"school": request.tenant.name},
        file_format="zip",
        background=counted > limit,
    )


def _attempt(request, batch, do, *arguments):
    """Call `do`; show why it was refused. Returns the batch."""
    try:
        do(*arguments)
    except (imports.ImportRefused, UploadRefused) as refusal:
        messages.error(request, str(refusal))
        batch.refresh_from_db()
    return batch


def _batch(batch_id):
    batches = ImportBatch.objects.filter(pk=batch_id, target=bundles.TARGET)
    batch = batches.select_related("requested_by", "undone_by").first()
    if batch is None:
        raise Http404(_("There is no such import."))
    return batch


def _go(batch):
    return HttpResponseRedirect(reverse("admin:oneroster_import", args=[batch.pk]))
