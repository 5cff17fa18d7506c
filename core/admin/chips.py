"""The filters of a list that are set, each with the link that takes it away."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.text import capfirst


def of_list(changelist: Any) -> list[tuple[str, str, str]]:
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


def _values(spec: Any, changelist: Any) -> dict[str, str]:
    """Return {parameter: text} of what the address asks of a filter."""
    params = changelist.params
    return {name: params[name] for name in spec.expected_parameters() if params.get(name)}


def _texts(spec: Any, changelist: Any, values: Mapping[str, str]) -> Iterator[str]:
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
            yield str(dict(cast("Iterable[tuple[str, str]]", field.choices)).get(value, value))
        else:
            yield value


def _chosen(field: forms.ModelChoiceField, value: str) -> str:
    try:
        return str(cast("QuerySet[Model]", field.queryset).filter(pk=value).first() or value)
    except (ValueError, ValidationError):
        return value
