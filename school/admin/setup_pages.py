"""The set-up assistant: leads the first admin of a new school from nothing to its first lesson."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import pages, subjects
from core.admin.subjects import Subject
from core.constraints import RefusedByDatabase, explained
from school.admin.setup_forms import FORMS, MADE_ONCE
from school.selectors import setting_up
from school.services import example_data
from school.services import setting_up as service

subjects.register(
    Subject(
        5,
        "setup",
        gettext_lazy("Set-up"),
        gettext_lazy("Step by step from an empty school to its first lesson."),
        "checklist",
    )
)


@pages.page("setup/", "setup", pages.FORM, admins_only=True)
def overview(request):
    """List the steps; stop asking for them on the first page, or ask again."""
    if request.method == "POST":
        service.close(request.tenant, closed="close" in request.POST)
        if "close" in request.POST:
            messages.success(request, _("You find the set-up again under Settings."))
            return redirect("admin:index")
        return redirect("admin:setup")
    context = {"setup": setting_up.of_school(request.tenant)}
    return pages.show(request, "school/setup/overview.html", _("Set up your school"), context)


@pages.page("setup/example/", "setup_example", pages.FORM, admins_only=True)
def example(request):
    """Warn what example data is for, and fill it into a school that has none of its own."""
    if request.method == "POST":
        try:
            with explained():
                example_data.fill(request.tenant)
        except example_data.NotEmptyError:
            messages.error(request, _("The school has data of its own already. Nothing was added."))
        except RefusedByDatabase as error:
            messages.error(request, error.refusal.message)
        else:
            messages.success(request, _("The example data is there. Have a look around."))
        return redirect("admin:setup")
    context = {"setup": setting_up.of_school(request.tenant), "amounts": example_data.AMOUNTS}
    return pages.show(request, "school/setup/example.html", _("Example data"), context)


@pages.page("setup/<slug:slug>/", "setup_step", pages.FORM, admins_only=True)
def step(request, slug):
    """Show a step, save its form, or leave it out."""
    if slug not in setting_up.SLUGS:
        raise Http404(_("There is no such step."))
    if request.method == "POST" and "skip" in request.POST:
        service.skip(request.tenant, slug)
        return _go_on(request, slug)
    setup = setting_up.of_school(request.tenant)
    stand = setup.of(slug)
    form = _form(request, stand)
    if form is not None and form.is_valid() and _is_saved(request, form):
        service.take_up(request.tenant, slug)
        return _go_on(request, slug)
    context = {"setup": setup, "stand": stand, "form": form, "following": setup.following(slug)}
    status = 400 if form is not None and form.errors else 200
    template = "school/setup/step.html"
    return pages.show(request, template, stand.step.title, context, status=status)


def _form(request, stand):
    """Return what the step asks in its own page, if it does: what is made, it makes once."""
    slug = stand.step.slug
    if slug not in FORMS or (slug in MADE_ONCE and stand.is_done):
        return None
    return FORMS[slug](request.POST if request.method == "POST" else None, request.tenant)


def _is_saved(request, form):
    """Save the form; what the database refuses becomes the form's error."""
    try:
        with explained(), transaction.atomic():
            form.save(request.tenant)
    except RefusedByDatabase as error:
        form.add_error(None, error.refusal.message)
        return False
    return True


def _go_on(request, slug):
    """Lead to the next step that is open, or back to the list."""
    following = setting_up.of_school(request.tenant).following(slug)
    return redirect(following.url if following else "admin:setup")
