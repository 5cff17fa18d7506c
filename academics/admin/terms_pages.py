"""Classes into terms by their dates, and rolling a term over into the next one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from academics.admin import promotion_form
from academics.admin.term_filter import title_of
from academics.models import AcademicYear, Term
from academics.services import rollover, terms
from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.forms.fields import DateField

RESULT = "rollover"  # in the session, until the next one


class NextTermForm(forms.Form):
    """A term to roll over to, where there is none yet."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=UnfoldAdminTextInputWidget
    )
    start_date = DateField(label=gettext_lazy("First day"), widget=UnfoldAdminDateWidget)
    end_date = DateField(label=gettext_lazy("Last day"), widget=UnfoldAdminDateWidget)
    year = forms.ModelChoiceField(
        label=gettext_lazy("Academic year"),
        queryset=AcademicYear.objects.none(),
        required=False,
        empty_label=gettext_lazy("A new one, which begins with this term"),
        widget=UnfoldAdminSelectWidget,
    )
    year_name = forms.CharField(
        label=gettext_lazy("Name of the new academic year"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].queryset = AcademicYear.objects.all()
        for name in ("start_date", "end_date"):
            self.fields[name].widget.input_type = "date"
            self.fields[name].widget.format = "%Y-%m-%d"

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("year") and not cleaned.get("year_name"):
            self.add_error("year_name", _("Choose an academic year, or name a new one."))
        first, last = cleaned.get("start_date"), cleaned.get("end_date")
        if first and last and last < first:
            self.add_error("end_date", _("The last day is before the first day."))
        return cleaned

    def refuse(self, refusal):
        """Show the database's message at its field."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


def office_only(request):
    if not request.user.has_perm("academics.add_schoolclass"):
        raise PermissionDenied


# --- classes without a term -----------------------------------------------------------------------


@pages.page("terms/place/", "place_classes", pages.FORM, roles=offices.TEACHING)
def place_classes(request):
    """Show how many classes would go into each term; POST puts them there."""
    office_only(request)
    if request.method == "POST":
        count = terms.place()
        text = ngettext(
            "%(count)d class was put into its term.",
            "%(count)d classes were put into their terms.",
            count,
        )
        messages.success(request, text % {"count": count})
        return redirect("admin:place_classes")
    counts, astray = terms.unplaced()
    context = {
        "counts": sorted(
            ((title_of(term), term, count) for term, count in counts.items()),
            key=lambda it: it[1].start_date,
        ),
        "total": sum(counts.values()),
        "astray": astray,
        "has_terms": Term.objects.exists(),
    }
    return pages.show(request, "academics/terms/place.html", _("Classes without a term"), context)


# --- roll-over ------------------------------------------------------------------------------------


@pages.page("terms/<uuid:term_id>/rollover/", "rollover", pages.FORM, roles=offices.TEACHING)
def roll_over(request, term_id):
    """Show what rolling over would do; POST makes the next term or rolls over."""
    office_only(request)
    source = _term(term_id)
    if request.method == "POST":
        if request.POST.get("action") == "make":
            return _make(request, source)
        return _carry_out(request, source)
    return _show(request, source)


def _term(term_id):
    term = Term.objects.select_related("academic_year").filter(pk=term_id).first()
    if term is None:
        raise Http404(_("There is no such term."))
    return term


def _target(source, text, offered):
    """Return the chosen target, by default the next term, or None when there is none."""
    if not text:
        return next(iter(offered), None)
    target = next((term for term in offered if str(term.pk) == text), None)
    if target is None:
        raise Http404(_("There is no such term."))
    return target


def _show(request, source, *, form=None, asked=None, refused=None, status=200):
    offered = list(rollover.targets(source))
    chosen = (asked or request.GET).get("target", "")
    target = _target(source, chosen, offered)
    makes = form is not None or target is None or "new" in request.GET
    plan = rollover.preview(source=source, target=target) if target and not makes else None
    context = {
        "source": source,
        "source_title": title_of(source),
        "target": target,
        "targets": [(term, title_of(term)) for term in offered],
        "makes": makes,
        "form": form or (NextTermForm(initial=_suggested(source)) if makes else None),
        "plan": plan,
        "rows": _shown_rows(plan, asked, refused or {}) if plan else [],
        "promotion": promotion_form.shown(source, target, asked) if plan else {},
        "asked": asked,
        "wrong_fields": _wrong_fields(plan, refused or {}) if plan else [],
    }
    title = _("Roll over %(term)s") % {"term": title_of(source)}
    return pages.show(request, "academics/terms/rollover.html", title, context, status)


def _suggested(source):
    first, last = terms.suggestion(source)
    year = AcademicYear.objects.filter(start_date__lte=first, end_date__gte=last).first()
    return {"start_date": first, "end_date": last, "year": year and year.pk}


def _shown_rows(plan, asked, refused):
    """Return the rows of the table: plan, what was chosen, and error messages."""
    return [
        {
            "row": row,
            "id": str(row.source.pk),
            "chosen": (
                str(row.source.pk) in asked.getlist("class") if asked else row.existing is None
            ),
            "to": asked.get(f"to-{row.source.pk}", "") if asked else "",
            "other": asked.get(f"other-{row.source.pk}", "") if asked else "",
            "wrong": refused.get(row.source.pk, []),
        }
        for row in plan.rows
    ]


def _wrong_fields(plan, refused):
    """Return the error summary: general messages first, then the first one of each class."""
    if not refused:
        return []
    general = [_("Nothing was rolled over."), *refused.get(None, [])]
    return [("", "", sentence) for sentence in general] + [
        (f"class-{row.source.pk}", row.source, refused[row.source.pk][0])
        for row in plan.rows
        if refused.get(row.source.pk)
    ]


def _make(request, source):
    form = NextTermForm(request.POST)
    if form.is_valid():
        try:
            with explained():
                target = terms.make_next(source=source, **form.cleaned_data)
        except RefusedByDatabase as error:
            form.refuse(error.refusal)
        else:
            messages.success(request, _("%(term)s was added.") % {"term": title_of(target)})
            return redirect(f"{request.path}?target={target.pk}")
    return _show(request, source, form=form, status=422)


def _carry_out(request, source):
    offered = list(rollover.targets(source))
    target = _target(source, request.POST.get("target", ""), offered)
    if target is None:
        raise Http404(_("There is no such term."))
    try:
        promotion = promotion_form.read(request.POST)
        choices = _choices(request.POST, needed=promotion is None)
        with explained():
            result = rollover.carry_out(
                source=source,
                target=target,
                choices=choices,
                by=request.user,
                assignments="assignments" in request.POST,
                skip_clashes="skip_clashes" in request.POST,
                complete="complete" in request.POST,
                promotion=promotion,
            )
    except rollover.RolloverRefused as refusal:
        sentences = refusal.sentences
    except RefusedByDatabase as error:
        sentences = {None: [str(error)]}
    else:
        request.session[RESULT] = {
            "source": str(source.pk),
            "target": str(target.pk),
            **vars(result),
        }
        return redirect("admin:rollover_done", source.pk)
    return _show(request, source, asked=request.POST, refused=sentences, status=422)


def _choices(posted, *, needed):
    """Return {class id: Choice} of the form; raises RolloverRefused when a `needed` one is not."""
    chosen = set(posted.getlist("class"))
    choices = {}
    for key in posted:
        kind, _dash, class_id = key.partition("-")
        if kind == "to" and (class_id in chosen or posted[key]):
            to = posted.get(f"other-{class_id}", "").strip() if posted[key] == "other" else ""
            if posted[key] == "other" and not to:
                raise rollover.RolloverRefused(
                    {_uuid(class_id): [_("Name the class that the students go to.")]}
                )
            choices[_uuid(class_id)] = rollover.Choice(
                copy=class_id in chosen, students_to="copy" if posted[key] == "copy" else to
            )
    if needed and not choices:
        raise rollover.RolloverRefused({None: [_("Choose at least one class.")]})
    return choices


def _uuid(text):
    try:
        return forms.UUIDField().clean(text)
    except ValidationError:
        raise Http404(_("There is no such class.")) from None


@pages.page("terms/<uuid:term_id>/rollover/done/", "rollover_done", roles=offices.TEACHING)
def rolled_over(request, term_id):
    """Show the result of the last roll-over of this term."""
    office_only(request)
    source = _term(term_id)
    result = request.session.get(RESULT, {})
    if result.get("source") != str(source.pk):
        return redirect("admin:rollover", source.pk)
    target = _term(result["target"])
    context = {
        "source": source,
        "source_title": title_of(source),
        "target": target,
        "target_title": title_of(target),
        "result": result,
    }
    title = _("%(term)s is rolled over") % {"term": title_of(source)}
    return pages.show(request, "academics/terms/rolled_over.html", title, context)
