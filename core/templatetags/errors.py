"""What a page's form refuses, for the summary on top and the title: {% load errors %}."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from django import template
from django.forms import BaseForm

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

register = template.Library()


@register.simple_tag(takes_context=True)
def error_summary(context: template.Context) -> dict[str, Any] | None:
    """Return what the form of the page refuses, or None: `sentences`, and `fields` to correct.

    `fields` are (id, label, first reason): of the page's `form`, of a record's form with its rows
    (whose own page has the sentences), of the rows of a list that is edited, and of
    `wrong_fields`, which a view gives for rows that are no form's; a sentence without a field
    comes with an empty id.
    """
    adminform, form = context.get("adminform"), context.get("form")
    formsets = [inline.formset for inline in context.get("inline_admin_formsets") or ()]
    formsets.append(getattr(context.get("cl"), "formset", None) or ())
    wrong = context.get("wrong_fields") or ()
    sentences = [sentence for field_id, _label, sentence in wrong if not field_id]
    fields = [field for field in wrong if field[0]]
    if adminform:
        fields += _refused_fields(adminform.form)
    elif isinstance(form, BaseForm):
        sentences += form.non_field_errors()
        fields += _refused_fields(form)
    for row in chain.from_iterable(formsets):
        fields += _refused_fields(row)
    return {"sentences": sentences, "fields": fields} if sentences or fields else None


def _refused_fields(form: BaseForm) -> list[tuple[str, str | StrPromise, str | StrPromise]]:
    if not form.errors:
        return []  # most pages, and most rows
    return [
        (field.id_for_label or field.auto_id, field.label, str(field.errors[0]))
        for field in form.visible_fields()
        if field.errors
    ]
