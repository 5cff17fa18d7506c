"""Classes of forms, kept for all who see the same form.

Django makes the class of a form, with all of its fields, anew for each request: a tenth of the time
of a long form. A ModelAdmin or an inline with `keeps_forms` has it made once for each role and
language, and for what else decides which fields there are. So its `formfield_for_…` methods may
look at the role of who asks, and at nothing else of a request; a queryset is of the current school
when it is asked, whoever composed it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar

from django.contrib.admin.utils import flatten_fieldsets
from django.utils.functional import Promise
from django.utils.translation import get_language

from core.admin.refusals import refusing_form, refusing_formset
from core.http import PersonRequest

Made = TypeVar("Made")
# A class takes some 100 kB, and a school with fields of its own has one for each role.
MOST = 60

_kept: dict[Hashable, Any] = {}


def kept(key: Hashable, make: Callable[[], Made]) -> Made:
    """Return what was made for the key, or make it and keep it."""
    made = _kept.get(key)
    if made is None:
        made = make()
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = made
    return made


def form_class(
    admin: Any, request: PersonRequest, obj: Any, change: bool, make: Any, **kwargs: Any
) -> Any:
    """Return what the ModelAdmin's `make` (Django's get_form) returns, kept."""
    fields = kwargs.pop("fields", None) or flatten_fieldsets(admin.get_fieldsets(request, obj))
    kwargs |= {"fields": fields, "formfield_callback": _callback(admin, request)}
    key = (
        *_reader(admin, request),
        tuple(fields),
        tuple(admin.get_readonly_fields(request, obj)),
        change and not admin.has_change_permission(request, obj),
        kwargs.get("form"),
    )
    return kept(key, lambda: _in_words(refusing_form(make(request, obj, change=change, **kwargs))))


def formset_class(inline: Any, request: PersonRequest, obj: Any, make: Any) -> Any:
    """Return what the inline's `make` (Django's get_formset) returns, kept."""
    fields = flatten_fieldsets(inline.get_fieldsets(request, obj))
    key = (
        *_reader(inline, request),
        inline.parent_model,
        tuple(fields),
        tuple(inline.get_readonly_fields(request, obj)),
        inline.has_add_permission(request, obj),
        inline.has_change_permission(request, obj),
        inline.has_delete_permission(request, obj),
        inline.get_extra(request, obj),
        inline.get_min_num(request, obj),
        inline.get_max_num(request, obj),
    )
    asked = {"fields": fields, "formfield_callback": _callback(inline, request)}

    def formset() -> Any:
        made = refusing_formset(make(request, obj, **asked))
        _in_words(made.form)
        return made

    return kept(key, formset)


def _in_words(form: Any) -> Any:
    """Translate a form's labels, helps and choices once: a kept class is of one language."""
    for field in form.base_fields.values():
        field.label, field.help_text = _word(field.label), _word(field.help_text)
        if isinstance(getattr(field, "choices", None), list):
            field.choices = [(value, _word(label)) for value, label in field.choices]
    return form


def _word(text: Any) -> Any:
    return str(text) if isinstance(text, Promise) else text


def _reader(admin: Any, request: PersonRequest) -> tuple[Any, ...]:
    return type(admin), admin.admin_site.name, request.user.role, get_language()


def _callback(admin: Any, request: PersonRequest) -> Callable[..., Any]:
    """Return how fields are made; the kept class must not keep the request alive."""
    return partial(admin.formfield_for_dbfield, request=weakref.proxy(request))
