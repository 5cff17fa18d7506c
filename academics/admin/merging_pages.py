"""Students who are there twice: likely pairs, both side by side, and making one of them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from academics.models import StudentMerge
from academics.selectors import comparing, duplicates
from academics.services import merging as service
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.models import User


@pages.page("duplicates/", "duplicates", roles=offices.PEOPLE_OFFICE)
def show_duplicates(request):
    """List the pairs of students who look like one."""
    context = {"pairs": duplicates.pairs(), "most": duplicates.MOST}
    template = "academics/merging/duplicates.html"
    return pages.show(request, template, _("Students who are there twice"), context)


@pages.page(
    "merge/<uuid:student_id>/<uuid:other_id>/",
    "merge_students",
    pages.FORM,
    roles=offices.PEOPLE_OFFICE,
)
def merge(request, student_id, other_id):
    """Show two students side by side; POST previews the merge or does it."""
    kept, merged = _student(student_id), _student(other_id)
    if kept == merged:
        raise Http404(_("Choose two students."))
    lines = comparing.compare(kept, merged, request.POST)
    values = comparing.chosen(kept, merged, lines)
    preview = None
    if request.method == "POST":
        if request.POST.get("step") == "merge" and _merge(request, kept, merged, values):
            return redirect("admin:student_profile", kept.pk)
        preview = service.preview(kept=kept, merged=merged, values=values)
    context = {"kept": kept, "merged": merged, "lines": lines, "preview": preview}
    title = _("Merge two students")
    return pages.show(request, "academics/merging/merge.html", title, context)


def _student(key):
    return get_object_or_404(
        User.objects.students().select_related("homeroom", "year_group"), pk=key
    )


def _merge(request, kept, merged, values):
    """Do it; return whether it worked."""
    try:
        with explained():
            service.merge(kept=kept, merged=merged, values=values)
    except RefusedByDatabase as error:
        messages.error(request, str(error))
        kept.refresh_from_db()
        return False
    text = _("%(merged)s is merged into %(kept)s. It can be undone under “Merged students”.")
    messages.success(request, text % {"merged": merged, "kept": kept})
    return True


@pages.page("merge/<uuid:merge_id>/undo/", "merge_undo", pages.FORM, roles=offices.PEOPLE_OFFICE)
def undo(request, merge_id):
    """Ask whether a merge is to be undone; POST undoes it."""
    made = get_object_or_404(StudentMerge.objects.select_related("kept"), pk=merge_id)
    if request.method == "POST":
        try:
            with explained():
                service.undo(made)
        except RefusedByDatabase as error:
            messages.error(request, str(error))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The merge is undone: there are two students again."))
        return redirect("admin:academics_studentmerge_changelist")
    context = {"merge": made, "merged": User.all_objects.get(pk=made.merged_id)}
    return pages.show(request, "academics/merging/undo.html", _("Undo a merge"), context)
