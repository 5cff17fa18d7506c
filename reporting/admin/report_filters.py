"""The filters of a report on its page: the form, and saved filters."""

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
    """Return a form that shows `data`, with the messages of `error` at their fields.

    It is for display only: `Report.parse` validates the filters.
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
        # The browser's date input shows dates in the person's format, and works on phones.
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
    """Carry out an action of the saved filters; return the message for the person.

    Raises ValidationError with a sentence, and Http404 for a saved filter that is not there.
    """
    action = request.POST.get("action")
    if action == "save":
        return _save(request, report, values, sort)
    saved = SavedFilter.objects.filter(user=request.user, report=report.name)
    try:
        saved_filter = saved.filter(pk=request.POST.get("saved")).first()
    except ValidationError:
        saved_filter = None
    if saved_filter is None:
        raise Http404(_("These filters are no longer there."))
    if action == "delete":
        saved_filter.delete()
        return _("“%(name)s” was deleted.") % {"name": saved_filter.name}
    if action == "rename":
        saved_filter.name = _name(request)
        _write(saved_filter)
        return _("Renamed to “%(name)s”.") % {"name": saved_filter.name}
    if action != "replace":
        raise ValidationError(_("Choose what to do with the saved filters."))
    saved_filter.filters, saved_filter.sort = values, sort
    _write(saved_filter)
    return _("“%(name)s” now has these filters.") % {"name": saved_filter.name}


def _save(request, report, values, sort):
    saved_filter = SavedFilter(
        user=request.user, report=report.name, name=_name(request), filters=values, sort=sort
    )
    _write(saved_filter)
    return _("Saved as “%(name)s”.") % {"name": saved_filter.name}


def _name(request):
    name = " ".join(request.POST.get("name", "").replace("\x00", "").split())
    if not name:
        raise ValidationError(_("Give the filters a name."))
    if len(name) > SavedFilter._meta.get_field("name").max_length:
        raise ValidationError(_("The name is longer than 100 characters."))
    return name


def _write(saved_filter):
    try:
        with transaction.atomic():
            saved_filter.save()
    except IntegrityError:
        raise ValidationError(
            _("You already have filters named “%(name)s”. Choose another name, or replace those.")
            % {"name": saved_filter.name}
        ) from None
