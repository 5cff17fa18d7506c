"""The gradebook: students and assignments of a class in one grid, saved cell by cell."""

import json
import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.loader import get_template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

from academics.grading import texts
from academics.models import Assignment, SchoolClass, Term
from academics.selectors import gradebook, marks_changed
from academics.services import grades
from core import offices, search
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms.fields import DecimalField

MOST_CLASSES = 100  # on the page that offers them


def get_class(request, class_id):
    """Return the class; Http404 if it is missing or the person may not see it."""
    try:
        return gradebook.class_for(request.user, class_id)
    except SchoolClass.DoesNotExist as error:
        raise Http404(_("There is no such class.")) from error


class WeightsForm(forms.Form):
    """A field for each type of assignment; an empty one has no weight."""

    def __init__(self, data=None, *, weights):
        super().__init__(data, initial=weights)
        for kind, label in Assignment.Type.choices:
            self.fields[kind] = DecimalField(
                label=label,
                min_value=0,
                max_value=100,
                decimal_places=2,
                required=False,
                widget=UnfoldAdminTextInputWidget(),
            )


# --- the pages ------------------------------------------------------------------------------------
@pages.page("gradebook/", "gradebooks", roles=offices.TEACHING)
def gradebooks(request):
    """Offer the classes to choose from; a teacher with one class goes straight there."""
    classes = gradebook.classes_of(request.user)
    active = classes.active()
    if request.user.is_teacher and not request.GET:
        only = list(classes.current(today()).values_list("pk", flat=True)[:2])
        if len(only) == 1:
            return redirect("admin:gradebook", only[0])
    asked = {"q": request.GET.get("q", "").strip(), "all": request.GET.get("all")}
    offered = classes if asked["all"] else active
    term = Term.objects.current(today())
    of_term = offered.filter(term=term) if term and not asked["all"] and not asked["q"] else offered
    if term and not of_term.exists():
        term, of_term = None, offered
    of_term = search.narrow(of_term, asked["q"], "search_classes")
    shown = list(of_term.order_by("sort_name", "id")[: MOST_CLASSES + 1])
    context = {
        "classes": shown[:MOST_CLASSES],
        "is_cut": len(shown) > MOST_CLASSES,
        "term": None if asked["all"] or asked["q"] else term,
        "asked": asked,
        "limit": MOST_CLASSES,
    }
    return pages.show(request, "academics/gradebook/classes.html", _("Gradebook"), context)


@pages.page("gradebook/<uuid:class_id>/", "gradebook", roles=offices.TEACHING)
def grid(request, class_id, form=None, status=200):
    """Show all grades of a class."""
    school_class = get_class(request, class_id)
    with_dropped = request.GET.get("dropped") == "1"
    book = gradebook.Gradebook(school_class, with_dropped=with_dropped)
    may_write = grades.may_grade(request.user, school_class)
    data = texts.grid_data(
        book,
        url=reverse("admin:gradebook_cells", args=[school_class.pk])
        + ("?dropped=1" if with_dropped else ""),
        changes=reverse("admin:gradebook_changes", args=[school_class.pk]),
        may_write=may_write,
    )
    context = {
        "book": book,
        "rows": list(zip(book.rows, data["cells"], strict=True)),
        "columns": [(column, texts.mean(column)) for column in book.columns],
        **_aside(book),
        "school_class": school_class,
        "may_write": may_write,
        "with_dropped": with_dropped,
        "form": form or WeightsForm(weights=book.weights),
        "data": data,
    }
    title = _("Gradebook: %(name)s") % {"name": school_class.name}
    return pages.show(request, "academics/gradebook/grid.html", title, context, status)


@pages.page("gradebook/<uuid:class_id>/changes/", "gradebook_changes", roles=offices.TEACHING)
def grade_changes(request, class_id):
    """Show who changed grades of the class, or of one cell if the request names one."""
    school_class = get_class(request, class_id)
    cell = [request.GET.get(name) for name in ("student", "assignment")]
    context = {
        "school_class": school_class,
        "entries": marks_changed.of_cell(school_class.pk, *cell)
        if any(cell)
        else marks_changed.of_grades(school_class.pk),
        "limit": marks_changed.MOST,
    }
    title = _("Changed grades: %(name)s") % {"name": school_class.name}
    return pages.show(request, "academics/gradebook/changes.html", title, context)


@pages.page(
    "gradebook/<uuid:class_id>/<uuid:assignment_id>/",
    "gradebook_column",
    pages.FORM,
    roles=offices.TEACHING,
)
def column(request, class_id, assignment_id):
    """One assignment of the class as a plain form: on a phone, or without JavaScript."""
    school_class = get_class(request, class_id)
    with_dropped = request.GET.get("dropped") == "1"
    book = gradebook.Gradebook(school_class, with_dropped=with_dropped, assignment=assignment_id)
    if not book.columns:
        raise Http404(_("There is no such assignment."))
    lines = [texts.Line(cell) for cell in book.columns[0].cells]
    may_write = grades.may_grade(request.user, school_class)
    if request.method == "POST":
        if not may_write:
            raise PermissionDenied
        entered = [cell for line in lines if (cell := line.entered(request.POST))]
        outcomes, refusal = _enter(school_class, entered, request.user)
        saved = sum(outcome.state == grades.SAVED for outcome in outcomes)
        if refusal:
            messages.error(request, refusal)
        if saved:
            messages.success(
                request, ngettext("%(n)d grade saved.", "%(n)d grades saved.", saved) % {"n": saved}
            )
        wrong = {
            outcome.cell.student_id: outcome
            for outcome in outcomes
            if outcome.state != grades.SAVED
        }
        if not wrong and not refusal:
            return redirect(request.get_full_path())
        book = gradebook.Gradebook(
            school_class, with_dropped=with_dropped, assignment=assignment_id
        )
        submitted = {line.student.pk: line for line in lines}
        lines = [texts.Line(cell) for cell in book.columns[0].cells]
        for line in lines:
            line.correct(submitted.get(line.student.pk), wrong.get(line.student.pk))
    context = {
        "book": book,
        "column": book.columns[0],
        "assignment": book.columns[0].assignment,
        "school_class": school_class,
        "lines": lines,
        "wrong_fields": [
            (f"t{n}", line.student.name, line.error)
            for n, line in enumerate(lines, start=1)
            if line.error
        ],
        "may_write": may_write,
        "with_dropped": with_dropped,
    }
    title = f"{book.columns[0].assignment.title}: {school_class.name}"
    return pages.show(request, "academics/gradebook/column.html", title, context)


@pages.page(
    "gradebook/<uuid:class_id>/weights/", "gradebook_weights", pages.POST, roles=offices.TEACHING
)
def weights(request, class_id):
    """Save the weights of assignment types; if wrong, show the gradebook with the errors."""
    school_class = get_class(request, class_id)
    form = WeightsForm(request.POST, weights={})
    if not form.is_valid():
        return grid(request, class_id, form, status=422)
    try:
        with explained(), transaction.atomic():
            grades.weigh(school_class=school_class, weights=form.cleaned_data, by=request.user)
    except RefusedByDatabase as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The weights are saved and all grades worked out by them."))
    return redirect("admin:gradebook", school_class.pk)


# --- cells ----------------------------------------------------------------------------------------
@pages.page(
    "gradebook/<uuid:class_id>/cells/", "gradebook_cells", pages.POST, roles=offices.TEACHING
)
def cells(request, class_id):
    """Save cells; answer with the outcome of each, and with the new grades of the class.

    200 if all are saved, 409 if somebody else changed a cell meanwhile, 422 if a cell is refused.
    Valid cells are saved in each case.
    """
    school_class = get_class(request, class_id)
    try:
        entered = _entered(json.loads(request.body))
    # RecursionError: deeply nested JSON.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JsonResponse({"message": _("This request cannot be read.")}, status=400)
    if not grades.may_grade(request.user, school_class):
        return JsonResponse({"message": texts.final()}, status=403)
    outcomes, refusal = _enter(school_class, entered, request.user)
    if refusal:
        return JsonResponse({"message": refusal}, status=422)
    book = gradebook.Gradebook(school_class, with_dropped=request.GET.get("dropped") == "1")
    states = {outcome.state for outcome in outcomes}
    status = 409 if grades.CONFLICT in states else 422 if grades.REFUSED in states else 200
    answer = texts.answer(book, outcomes)
    aside = get_template("academics/gradebook/aside.jinja", using="jinja2")
    answer["aside"] = aside.render(_aside(book))
    answer["time"] = date_format(localtime(), "TIME_FORMAT")
    return JsonResponse(answer, status=status)


def _aside(book):
    """Return what the column beside the grid shows of the class."""
    return {"book": book, "percent": texts.percent}


def _entered(sent):
    """Return the cells of a request's JSON; raises various errors for any other content."""
    if not 1 <= len(sent["cells"]) <= grades.MOST_CELLS:
        raise ValueError
    return [
        grades.Cell(
            student_id=uuid.UUID(cell["student"]),
            assignment_id=uuid.UUID(cell["assignment"]),
            text=_text(cell.get("text")),
            feedback=_text(cell.get("feedback")),
            version=_text(cell.get("version")) or "",
        )
        for cell in sent["cells"]
    ]


def _text(value):
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # raises for a lone surrogate, which JSON can contain
    return value


def _enter(school_class, entered, by):
    """Save; return (outcomes, the message if the database refused everything, or None)."""
    if not entered:
        return [], None
    try:
        with explained():
            return grades.enter(school_class=school_class, entered=entered, by=by), None
    except RefusedByDatabase as error:
        return [], str(error)
