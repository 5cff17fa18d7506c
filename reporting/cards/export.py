"""Report cards and transcripts as exports: permissions and builder."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from academics.models import Term
from core import offices, rls
from core.models import User
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import pairs_without_ids, register_builder
from exchange.exports.source import Chosen
from reporting.cards import documents

KIND = "report_cards"  # of an export
REPORT_CARDS = "report_cards_v1"
TRANSCRIPT = "transcript_v1"


def _may_fetch(user, export):
    return True  # for its owner; the rights were checked when the file was made


def _students(count, total=None):
    if total:
        return _("%(done)s of %(total)s students") % {"done": f"{count:,}", "total": f"{total:,}"}
    return ngettext("%(count)s student", "%(count)s students", count) % {"count": f"{count:,}"}


@register_builder(
    KIND,
    gettext_lazy("Report cards"),
    may_fetch=_may_fetch,
    filters=pairs_without_ids,
    amount=_students,
)
def build(export, path, progress):
    """Write the PDF about the students whose ids are in `export.selection`; return their number.

    Raises `ExportRefused` if the person can see none of them.
    """
    if export.template_id == TRANSCRIPT:
        return _build_transcript(export, path)
    term_id = (export.filters or {}).get("term_id")
    term = Term.objects.select_related("academic_year").filter(pk=term_id).first()
    if term_id and term is None:
        raise ExportRefused(_("The term of these report cards is no longer there."))
    progress.measure(Chosen(len(export.selection)))
    pdf, count = documents.report_cards(export.selection, term, progress)
    if not count:
        raise ExportRefused(_("There is no student to make a report card for."))
    path.write_bytes(pdf)
    return count


def _build_transcript(export, path):
    student = User.objects.students().filter(pk__in=export.selection).first()
    # A teacher would get an incomplete transcript that does not look incomplete.
    if student is None or rls.current().role not in offices.PEOPLE_OFFICE:
        raise ExportRefused(_("Only an admin of the student's school can make a transcript."))
    path.write_bytes(documents.transcript(student))
    return 1
