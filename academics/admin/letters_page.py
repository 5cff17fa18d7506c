"""Letters of grades anew by a scale that has changed: what would change, and doing it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import GradingScale
from academics.services import letters
from core.admin import pages


@pages.page("grading-scales/<uuid:scale_id>/letters/", "scale_letters", pages.FORM)
def letters_page(request, scale_id):
    """Show which letters would become which others; by POST, change the chosen ones."""
    if not request.user.has_perm("academics.change_gradingscale"):
        raise PermissionDenied
    scale = get_object_or_404(GradingScale, pk=scale_id)
    changes = letters.changes(scale)
    if request.method == "POST":
        chosen = {*request.POST.getlist("change")}
        pairs = [(one.old, one.new) for one in changes if value(one) in chosen]
        if pairs:
            _tell(request, letters.recompute(scale=scale, pairs=pairs))
            return redirect("admin:academics_gradingscale_change", scale.pk)
        messages.error(request, _("Choose the letters that are to change."))
    context = {"scale": scale, "changes": [(value(one), one) for one in changes]}
    return pages.show(request, "academics/gradebook/letters.html", _("Recompute letters"), context)


def value(change):
    """Return the name of a change in the form; a letter has 10 characters at most."""
    return f"{change.old:10}{change.new}"


def _tell(request, count):
    sentence = ngettext(
        "%(count)d grade has its letter of the scale now.",
        "%(count)d grades have their letters of the scale now.",
        count,
    )
    messages.success(request, sentence % {"count": count})
