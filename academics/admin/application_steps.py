"""What the office does with an application: the next step, papers, notes, deleting."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.admin.application_pages import ROUTE, show, the_application
from academics.application_form import AskForm, NotesForm, ReasonForm
from academics.models import Application
from academics.services import applications as service
from academics.services.file_types import FileRefused
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained

Status = Application.Status
SENTENCES = {
    Status.APPLIED: gettext_lazy("%(name)s has applied."),
    Status.ACCEPTED: gettext_lazy("%(name)s is accepted."),
    Status.DECLINED: gettext_lazy("The application of %(name)s is declined."),
    Status.WITHDRAWN: gettext_lazy("The application of %(name)s is withdrawn."),
}


@pages.page(ROUTE + "move/", "application_move", pages.POST, roles=offices.PEOPLE_OFFICE)
def move(request, application_id):
    """Take it to the status that the button names."""
    row = the_application(application_id)
    status = request.POST.get("to", "")
    if status not in service.NEXT.get(row.status, ()):
        messages.error(request, _("Somebody else has moved this application on; look at it again."))
        return redirect("admin:application", row.pk)
    form = ReasonForm(request.POST, is_required=status == Status.DECLINED)
    if not form.is_valid():
        return show(request, row, errors=form.errors, status=400)
    try:
        with explained():
            service.move(row, status, reason=form.cleaned_data["reason"])
    except RefusedByDatabase as error:
        messages.error(request, str(error))
    else:
        messages.success(request, SENTENCES[status] % {"name": row})
    return redirect("admin:application", row.pk)


@pages.page(ROUTE + "ask/", "application_ask", pages.POST, roles=offices.PEOPLE_OFFICE)
def ask(request, application_id):
    """Ask the family for papers."""
    row = the_application(application_id)
    form = AskForm(request.POST)
    if not form.is_valid():
        return show(request, row, errors=form.errors, status=400)
    mail = service.ask_for_documents(row, form.cleaned_data["documents_asked"])
    if mail is None:
        text = _("Noted. There is no e-mail address: call %(name)s.")
        messages.warning(request, text % {"name": row.guardian_name})
    else:
        messages.success(request, _("A mail goes to %(address)s.") % {"address": mail.address})
    return redirect("admin:application", row.pk)


@pages.page(ROUTE + "notes/", "application_notes", pages.POST, roles=offices.PEOPLE_OFFICE)
def notes(request, application_id):
    """Keep the office's notes."""
    row = the_application(application_id)
    form = NotesForm(request.POST)
    if not form.is_valid():
        return show(request, row, errors=form.errors, status=400)
    row.notes = form.cleaned_data["notes"] or None
    row.save(update_fields=["notes"])
    messages.success(request, _("The notes were saved."))
    return redirect("admin:application", row.pk)


@pages.page(ROUTE + "documents/", "application_documents", pages.POST, roles=offices.PEOPLE_OFFICE)
def documents(request, application_id):
    """Keep papers that have come."""
    row = the_application(application_id)
    uploads = request.FILES.getlist("documents")
    if not uploads:
        return show(request, row, errors={"documents": [_("Choose a file.")]}, status=400)
    try:
        service.keep_documents(row, uploads)
    except FileRefused as error:
        return show(request, row, errors={"documents": [str(error)]}, status=400)
    messages.success(request, _("The documents were added."))
    return redirect("admin:application", row.pk)


@pages.page(
    ROUTE + "documents/<uuid:document_id>/remove/",
    "application_document_remove",
    pages.POST,
    roles=offices.PEOPLE_OFFICE,
)
def remove_document(request, application_id, document_id):
    """Remove a paper that does not belong here."""
    row = the_application(application_id)
    document = get_object_or_404(row.documents, pk=document_id)
    document.delete()
    messages.success(request, _("%(name)s was removed.") % {"name": document.filename})
    return redirect("admin:application", row.pk)


@pages.page(ROUTE + "delete/", "application_delete", pages.POST, roles=offices.PEOPLE_OFFICE)
def delete(request, application_id):
    """Delete an application with its papers: rubbish, or at the family's wish."""
    row = the_application(application_id)
    if row.status == Status.ENROLLED:
        messages.error(request, _("This is how a student came to the school; it stays."))
        return redirect("admin:application", row.pk)
    row.delete()
    messages.success(request, _("The application of %(name)s was deleted.") % {"name": row})
    return redirect("admin:applications")
