"""Recompute the letters of grades after a change of their scale: preview and action."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import GradingScale
from academics.services import letters
from core import offices
from core.admin import pages


@pages.page(
    "grading-scales/<uuid:scale_id>/letters/", "scale_letters", pages.FORM, roles=offices.TEACHING
)
def letters_page(request, scale_id):
    """Show which letters would become which others; by POST, change the chosen ones."""
    if not request.user.has_perm("academics.change_gradingscale"):
        raise PermissionDenied
    scale = get_object_or_404(GradingScale, pk=scale_id)
    changes = letters.changes(scale)
    if request.method == "POST":
        chosen = {*request.POST.getlist("change")}
        pairs = [(change.old, change.new) for change in changes if value(change) in chosen]
        if pairs:
            _show_count(request, letters.recompute(scale=scale, pairs=pairs))
            return redirect("admin:academics_gradingscale_change", scale.pk)
        messages.error(request, _("Choose the letters that are to change."))
    context = {"scale": scale, "changes": [(value(change), change) for change in changes]}
    return pages.show(request, "academics/gradebook/letters.html", _("Recompute letters"), context)


def value(change):
    """Return the form value of a change; a letter has at most 10 characters."""
    return f"{change.old:10}{change.new}"


def _show_count(request, count):
    sentence = ngettext(
        "%(count)d grade has its letter of the scale now.",
        "%(count)d grades have their letters of the scale now.",
        count,
    )
    messages.success(request, sentence % {"count": count})
