"""Letters of grades anew by a scale that has changed: what would change, and doing it."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from academics.models import GradingScale
from academics.services import letters


def letters_page(site, request, scale_id):
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
    context = {
        **site.each_context(request),
        "title": _("Recompute letters"),
        "scale": scale,
        "changes": [(value(one), one) for one in changes],
    }
    request.current_app = site.name
    return render(request, "academics/gradebook/letters.html", context)


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


def urls(site):
    """Return the URL pattern of this page."""
    view = require_http_methods(["GET", "HEAD", "POST"])(partial(letters_page, site))
    view = site.admin_view(view)
    return [path("grading-scales/<uuid:scale_id>/letters/", view, name="scale_letters")]
