"""Applications on their way: the steps, the papers, and what the family is asked for.

Which step follows which is the database's to say (academics/sql/applications.sql).
"""

from collections.abc import Sequence
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import Application, ApplicationDocument
from academics.services import files
from academics.services.file_types import FileRefused
from core import retained, rls
from core.models import Mail, Tenant
from core.services import mail

Status = Application.Status
# As of app.may_follow(), without what only enrolling does.
NEXT: dict[str, tuple[str, ...]] = {
    Status.INQUIRY: (Status.APPLIED, Status.DECLINED, Status.WITHDRAWN),
    Status.APPLIED: (Status.ACCEPTED, Status.DECLINED, Status.WITHDRAWN),
    Status.ACCEPTED: (Status.DECLINED, Status.WITHDRAWN),
    Status.DECLINED: (Status.APPLIED,),
    Status.WITHDRAWN: (Status.APPLIED,),
}
ASKED = "application_documents"  # the mail that asks for papers
MAX_DOCUMENTS = 20
CLOSED = (Status.DECLINED, Status.WITHDRAWN)
KEPT = retained.register(
    retained.Kind(
        key="kept_application_months",
        label=gettext_lazy("Applications that came to nothing, in months"),
        about=gettext_lazy("Since they were declined or withdrawn. Their documents go along."),
        least=1,
        most=60,
        usual=lambda: 24,
    )
)


@transaction.atomic
def move(application: Application, status: str, *, reason: str = "") -> None:
    """Take an application to another status; the family is told by the office, not by a mail.

    Raises DatabaseError by a rule, also when somebody else has moved it meanwhile.
    """
    row = _locked(application)
    row.status = status
    row.reason = reason or None
    row.save(update_fields=["status", "reason"])


@transaction.atomic
def ask_for_documents(application: Application, wanted: str) -> Mail | None:
    """Note which papers the family is to send, and mail them so; return the mail, if any."""
    application.documents_asked = wanted
    application.documents_asked_at = timezone.now()
    application.save(update_fields=["documents_asked", "documents_asked_at"])
    if not application.guardian_email:
        return None
    return mail.send_to(ASKED, address=application.guardian_email, application_id=application.pk)


def keep_documents(application: Application, uploads: Sequence[File]) -> list[ApplicationDocument]:
    """Keep uploaded papers with an application; return their rows.

    Raises `FileRefused`, or the database's refusal; then none of these is kept.
    """
    checked = [(upload, *files.check_letter(upload)) for upload in uploads]
    if application.documents.count() + len(checked) > MAX_DOCUMENTS:
        raise FileRefused(_("There can be %(max)d documents at most.") % {"max": MAX_DOCUMENTS})
    stored: list[str] = []
    try:
        rows = [
            ApplicationDocument(
                application=application,
                stored_name=files.store(upload, stored, files.APPLICATIONS),
                filename=name,
                content_type=type_,
                size=upload.size,
            )
            for upload, name, type_ in checked
        ]
        with transaction.atomic():
            return ApplicationDocument.objects.bulk_create(rows)
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise


def forget_old() -> int:
    """Delete what came to nothing and had its time, in every school; return the number."""
    return sum(_forget_old_of(tenant) for tenant in files.schools())


def _forget_old_of(tenant: Tenant) -> int:
    with rls.tenant_context(tenant, role="admin", request={"source": "retention"}):
        school = Tenant.objects.get(pk=tenant.pk)
        before = timezone.now() - KEPT.time(school)
        rows = Application.objects.filter(status__in=CLOSED, decided_at__lt=before)
        _total, by_model = rows.delete()
        return by_model.get(Application._meta.label, 0)


def _locked(application: Application) -> Application:
    """Return the row as it is now, so that two clerks do not both decide."""
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    return rows.get(pk=application.pk)


def of_mail(row: Mail) -> Application | None:
    """Return the application that a mail is about; None when it is gone."""
    return Application.objects.filter(pk=row.params.get("application_id")).first()


def address_of(row: Mail) -> str:
    """Return the present address of who speaks for the child; "" if there is none."""
    application = of_mail(row)
    return (application.guardian_email or "") if application is not None else ""


@mail.kind(ASKED, gettext_lazy("Documents for an application"), address=address_of)
def _write_asked(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    application = of_mail(row)
    if application is None:
        raise mail.MailRefused(_("What it was about is not there any more."))
    return "academics/mails/documents", {"school": tenant, "application": application}
