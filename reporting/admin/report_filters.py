"""The filters of a report on its page: the form, and what people saved of it under a name."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms.utils import ErrorDict
from django.http import Http404
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from reporting.admin import filter_fields
from reporting.catalog import periods
from reporting.models import SavedFilter


def form_for(report, data, error=None):
    """Return a form that shows `data`, with the sentences of `error` at their fields.

    It only shows: what the filters take is decided by `Report.parse`.
    """
    shown = {key: data[key] for key in data}
    if not shown.keys() & {"period", "from", "to"}:
        shown["period"] = periods.ALL
    form = _form_class(report, shown)(shown)
    form.full_clean()
    form._errors = ErrorDict(renderer=form.renderer)
    for key, sentences in error.message_dict.items() if error else ():
        form.add_error(key if key in form.fields else None, sentences)
    return form


def _form_class(report, shown):
    fields = {
        name.removeprefix(filter_fields.PREFIX): field
        for name, field in filter_fields.fields_of(report).items()
    }
    for key, label in (("from", _("From")), ("to", _("To"))):
        if key not in fields:
            continue
        # The browser's own: it sends and shows dates in everybody's way, and works on a phone.
        fields[key] = forms.CharField(
            label=label,
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        )
    if "period" in fields:
        fields["period"].help_text = ""
        fields["period"].choices = [("", _("Own dates")), *periods.PERIODS.items()]
    if "term" in fields:
        fields["term"].choices = report.term.choices(shown)
    return type("FilterForm", (forms.Form,), fields)


def keep(request, report, values, sort):
    """Do what a form of the saved filters asks for and return the sentence that says so.

    Raises ValidationError with a sentence, and Http404 for a saved filter that is not there.
    """
    action = request.POST.get("action")
    if action == "save":
        return _save(request, report, values, sort)
    saved = SavedFilter.objects.filter(user=request.user, report=report.name)
    try:
        one = saved.filter(pk=request.POST.get("saved")).first()
    except ValidationError:
        one = None
    if one is None:
        raise Http404(_("These filters are no longer there."))
    if action == "delete":
        one.delete()
        return _("“%(name)s” was deleted.") % {"name": one.name}
    if action == "rename":
        one.name = _name(request)
        _write(one)
        return _("Renamed to “%(name)s”.") % {"name": one.name}
    if action != "replace":
        raise ValidationError(_("Choose what to do with the saved filters."))
    one.filters, one.sort = values, sort
    _write(one)
    return _("“%(name)s” now has these filters.") % {"name": one.name}


def _save(request, report, values, sort):
    one = SavedFilter(
        user=request.user, report=report.name, name=_name(request), filters=values, sort=sort
    )
    _write(one)
    return _("Saved as “%(name)s”.") % {"name": one.name}


def _name(request):
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())
    if not name:
        raise ValidationError(_("Give the filters a name."))
    if len(name) > SavedFilter._meta.get_field("name").max_length:
        raise ValidationError(_("The name is longer than 100 characters."))
    return name


def _write(one):
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError:
        raise ValidationError(
            _("You already have filters named “%(name)s”. Choose another name, or replace those.")
            % {"name": one.name}
        ) from None
