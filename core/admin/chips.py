"""The filters of a list that are set, each with the link that takes it away."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst


def of_list(changelist):
    """Return [(title, value, link without the filter)] of the filters of a change list."""
    chips = []
    for spec in changelist.filter_specs:
        values = _values(spec, changelist)
        if hasattr(spec, "scope") or not values:
            continue
        link = changelist.get_query_string(remove=[*spec.expected_parameters()])
        text = ", ".join(filter(None, _texts(spec, changelist, values)))
        chips.append((capfirst(str(spec.title)), text, link))
    return chips


def _values(spec, changelist):
    """Return {parameter: text} of what the address asks of a filter."""
    params = changelist.params
    return {name: params[name] for name in spec.expected_parameters() if params.get(name)}


def _texts(spec, changelist, values):
    """Yield what was chosen, in the words of the filter; what it does not offer as it was sent."""
    choices = list(spec.choices(changelist))
    form = choices[0].get("form") if choices else None
    if form is None:
        yield from (str(choice["display"]) for choice in choices if choice["selected"])
        return
    for name, value in values.items():
        field = form.fields.get(name)
        if isinstance(field, forms.ModelChoiceField):
            yield _chosen(field, value)
        elif isinstance(field, forms.ChoiceField):
            yield str(dict(field.choices).get(value, value))
        else:
            yield value


def _chosen(field, value):
    try:
        return str(field.queryset.filter(pk=value).first() or value)
    except (ValueError, ValidationError):
        return value
